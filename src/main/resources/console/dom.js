// Creates elements without parsing HTML, so that text from clients and tools cannot become markup.

/** h("p", {class: "x", onclick: f}, "text", child) creates an element. Null attributes and children are omitted. */
export function h(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** Sets a text only if it differs, so that selections and screen readers are not disturbed. */
export function text(node, value) {
  const wanted = String(value ?? "");
  if (node.textContent !== wanted) node.textContent = wanted;
}

/**
 * Makes the children of `parent` show `items`. Existing elements are kept, so that they keep the
 * focus. `create(item)` returns a new element, `update(element, item)` updates an element.
 */
export function keyed(parent, items, key, create, update) {
  const known = (parent.keyed ??= new Map());
  const wanted = new Set(items.map(key));
  for (const [id, element] of known) {
    if (!wanted.has(id)) {
      element.remove();
      known.delete(id);
    }
  }
  let place = parent.firstChild;
  for (const item of items) {
    let element = known.get(key(item));
    if (!element) {
      element = create(item);
      known.set(key(item), element);
    }
    update(element, item);
    if (element === place) place = place.nextSibling;
    else parent.insertBefore(element, place);
  }
}

let ids = 0;

/** Returns an id that no other element has. */
export const unique = (prefix) => `${prefix}-${++ids}`;

/** Asks the user to confirm an action. */
export function confirmed(question, details, action) {
  return new Promise((resolve) => {
    const title = unique("dialog");
    const dialog = h("dialog", {"aria-labelledby": title, onclose: () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    }},
      h("h2", {id: title}, question),
      h("p", {class: "muted"}, details),
      h("div", {class: "actions"},
        h("button", {type: "button", onclick: () => dialog.close("no")}, "Cancel"),
        h("button", {type: "button", class: "danger", onclick: () => dialog.close("yes")}, action)));
    document.body.append(dialog);
    dialog.showModal();
  });
}
