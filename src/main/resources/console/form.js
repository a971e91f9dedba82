// Creates a form from a JSON Schema. Unsupported parts of a schema become JSON text fields.
import {h, unique} from "./dom.js";

const MAX_DEPTH = 3;

export class FormError extends Error {}

/** Returns {element, value()}. `value` returns the entered values without empty fields, or throws a FormError. */
export function form(schema) {
  const fields = object(schema ?? {}, schema ?? {}, 0);
  return {element: h("div", {class: "fields"}, fields.elements), value: () => fields.value() ?? {}};
}

function object(schema, root, depth) {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties ?? {}).map(([name, member]) => [name, field(name, resolved(member, root), required.has(name), root, depth)]);
  const elements = members.map(([, member]) => member.element);
  return {elements, value() {
    const all = members.map(([name, member]) => [name, member.value()]).filter(([, value]) => value !== undefined);
    return all.length ? Object.fromEntries(all) : undefined;
  }};
}

/** Resolves local references, and unions with null. */
function resolved(schema, root) {
  for (let hops = 0; schema?.$ref?.startsWith("#/") && hops < 10; hops++) {
    const target = schema.$ref.slice(2).split("/").reduce((at, part) => at?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], root);
    schema = {...target, ...schema, $ref: target?.$ref};
  }
  const ways = schema?.anyOf ?? schema?.oneOf;
  const real = ways?.filter((way) => way.type !== "null");
  if (ways && real.length === 1) return {...schema, anyOf: undefined, oneOf: undefined, ...resolved(real[0], root)};
  return schema ?? {};
}

function field(name, schema, required, root, depth) {
  const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== "null") : schema.type;
  if (schema.enum || schema.oneOf?.every((way) => "const" in way)) return choice(name, schema, required);
  switch (type) {
    case "boolean": return checkbox(name, schema);
    case "integer":
    case "number": return number(name, schema, type, required);
    case "string": return string(name, schema, required);
    case "object":
      if (schema.properties && depth < MAX_DEPTH) {
        const inner = object(schema, root, depth + 1);
        const value = () => inner.value() ?? (required ? {} : undefined);
        return {value, element: h("fieldset", null, h("legend", null, ...label(name, schema, required)), hint(schema)[0], inner.elements)};
      }
      return json(name, schema, required, "{ }");
    case "array": return lines(name, schema, required, root) ?? json(name, schema, required, "[ ]");
    default: return json(name, schema, required, "any JSON");
  }
}

function label(name, schema, required) {
  return [schema.title ?? name, required ? h("span", {class: "need"}, " required") : null];
}

function hint(schema) {
  if (!schema.description) return [null, null];
  const id = unique("hint");
  return [h("small", {class: "muted", id}, schema.description), id];
}

function labelled(name, schema, required, input) {
  const [words, id] = hint(schema);
  input.id = unique("field");
  input.name = name;
  if (id) input.setAttribute("aria-describedby", id);
  return h("div", {class: "field"}, h("label", {for: input.id}, ...label(name, schema, required)), input, words);
}

function string(name, schema, required) {
  const types = {email: "email", uri: "url", date: "date", "date-time": "datetime-local"};
  const long = (schema.maxLength ?? 0) > 200 || /text|body|content|prompt|query|code/i.test(name);
  const input = long ? h("textarea", {rows: 3}) : h("input", {type: types[schema.format] ?? "text", autocomplete: "off"});
  if (schema.default != null) input.value = schema.default;
  if (schema.minLength != null) input.minLength = schema.minLength;
  if (schema.maxLength != null) input.maxLength = schema.maxLength;
  if (schema.pattern && !long) input.pattern = schema.pattern;
  input.required = required && schema.minLength > 0;
  const read = schema.format === "date-time" ? (value) => new Date(value).toISOString() : (value) => value;
  return {element: labelled(name, schema, required, input),
    value: () => input.value !== "" ? read(input.value) : required ? "" : undefined};
}

function number(name, schema, type, required) {
  const input = h("input", {type: "number", step: type === "integer" ? 1 : "any", min: schema.minimum, max: schema.maximum, inputmode: type === "integer" ? "numeric" : "decimal"});
  if (schema.default != null) input.value = schema.default;
  input.required = required;
  return {element: labelled(name, schema, required, input), value: () => input.value === "" ? undefined : Number(input.value)};
}

function checkbox(name, schema) {
  const input = h("input", {type: "checkbox", id: unique("field"), name});
  input.checked = schema.default === true;
  const [words, id] = hint(schema);
  if (id) input.setAttribute("aria-describedby", id);
  return {element: h("div", {class: "field check"}, input, h("label", {for: input.id}, ...label(name, schema, false)), words), value: () => input.checked};
}

function choice(name, schema, required) {
  const options = schema.enum?.map((value, i) => [value, schema.enumNames?.[i]]) ?? schema.oneOf.map((way) => [way.const, way.title]);
  const select = h("select", null,
    required && schema.default === undefined ? null : h("option", {value: ""}, required ? "" : "not set"),
    options.map(([value, title], i) => h("option", {value: i}, title ?? String(value))));
  select.value = String(Math.max(options.findIndex(([value]) => value === schema.default), required ? 0 : -1));
  if (select.selectedIndex < 0) select.value = "";
  return {element: labelled(name, schema, required, select), value: () => select.value === "" ? undefined : options[select.value][0]};
}

/** A text area for an array of simple values, one per line. */
function lines(name, schema, required, root) {
  const items = resolved(schema.items, root);
  if (!["string", "number", "integer"].includes(items.type)) return null;
  const area = h("textarea", {rows: 3, placeholder: "one per line"});
  if (Array.isArray(schema.default)) area.value = schema.default.join("\n");
  return {element: labelled(name, schema, required, area), value() {
    const all = area.value.split("\n").filter((line) => line !== "");
    if (!all.length) return required ? [] : undefined;
    return items.type === "string" ? all : all.map((line) => {
      if (Number.isNaN(Number(line))) throw new FormError(`${name}: “${line}” is no number.`);
      return Number(line);
    });
  }};
}

function json(name, schema, required, example) {
  const area = h("textarea", {rows: 3, class: "mono", placeholder: example, spellcheck: "false"});
  if (schema.default !== undefined) area.value = JSON.stringify(schema.default, null, 2);
  return {element: labelled(name, schema, required, area), value() {
    if (area.value.trim() === "") return undefined;
    try {
      return JSON.parse(area.value);
    } catch (error) {
      throw new FormError(`${name}: no JSON. ${error.message}`);
    }
  }};
}
