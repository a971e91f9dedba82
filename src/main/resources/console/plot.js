// A plot of the last fifteen minutes with one line per series.
import {h, svg, text} from "./dom.js";
import {clock} from "./format.js";

const HEIGHT = 132;
const LEFT = 52;
const TOP = 8;
const BOTTOM = 20;
const WINDOW_MILLIS = 15 * 60_000;

/**
 * @param options.series [{key, label}], drawn in this order
 * @param options.format formats a value
 * @param options.log whether the scale is logarithmic; if so, zeros are not drawn
 * @param options.empty the text if there is no data
 */
export class Plot {
  #options;
  #canvas;
  #values = new Map();
  #when;
  #points = [];
  #cursor = null;
  #width = 0;

  constructor(title, options) {
    this.#options = options;
    this.#canvas = svg("svg", {class: "canvas", height: HEIGHT, tabindex: 0, role: "img",
      onpointermove: (event) => this.#moveTo(event), onpointerleave: () => this.#show(null),
      onkeydown: (event) => this.#step(event), onblur: () => this.#show(null)});
    this.#when = h("span", {class: "when"});
    this.element = h("figure", {class: "plot card"},
      h("figcaption", null,
        h("h3", null, title),
        h("span", {class: "legend"},
          options.series.map((series, i) => {
            const value = h("b");
            this.#values.set(series.key, value);
            return h("span", {class: `key s${i}`}, `${series.label} `, value);
          })),
        this.#when),
      this.#canvas);
    new ResizeObserver(([entry]) => {
      this.#width = Math.floor(entry.contentRect.width);
      this.#draw();
    }).observe(this.element);
  }

  update(points) {
    this.#points = points;
    this.#draw();
  }

  #draw() {
    if (this.#width < 100) return;
    const {series, format, log, empty} = this.#options;
    const end = this.#points.length ? Date.parse(this.#points.at(-1).at) : Date.now();
    const plotWidth = this.#width - LEFT - 4;
    const x = (point) => LEFT + plotWidth * (1 - (end - Date.parse(point.at)) / WINDOW_MILLIS);
    const shown = this.#points.flatMap((point) => series.map((s) => point[s.key])).filter((v) => v != null && (!log || v > 0));
    const scale = log ? logScale(shown) : linearScale(shown);
    // without two lines of one label, as half a connection would be
    const ticks = scale.ticks.filter((tick, i, all) => i === all.length - 1 || round(format(tick)) !== round(format(all[i + 1])));
    const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - scale.at(value));
    this.#canvas.setAttribute("viewBox", `0 0 ${this.#width} ${HEIGHT}`);
    this.#canvas.replaceChildren(
      ...ticks.map((tick) => svg("g", null,
        svg("line", {class: "grid", x1: LEFT, x2: this.#width - 4, y1: y(tick), y2: y(tick)}),
        svg("text", {class: "tick end", x: LEFT - 8, y: y(tick) + 4}, round(format(tick))))),
      ...[15, 10, 5, 0].map((minutes) => svg("text", {
        class: minutes === 15 ? "tick" : minutes === 0 ? "tick end" : "tick middle",
        x: LEFT + plotWidth * (1 - minutes / 15), y: HEIGHT - 4,
      }, minutes ? `−${minutes} min` : "now")),
      ...(shown.length ? series.map((s, i) => svg("path", {class: `line s${i}`, d: path(this.#points, s.key, x, y, log)}))
        : [svg("text", {class: "tick middle", x: LEFT + plotWidth / 2, y: (HEIGHT - BOTTOM) / 2}, empty)]));
    if (this.#cursor != null && this.#points[this.#cursor]) {
      const at = x(this.#points[this.#cursor]);
      this.#canvas.append(svg("line", {class: "cursor", x1: at, x2: at, y1: TOP, y2: HEIGHT - BOTTOM}));
    }
    this.#say();
  }

  #say() {
    const {series, format} = this.#options;
    const point = this.#points[this.#cursor ?? this.#points.length - 1];
    for (const s of series) text(this.#values.get(s.key), format(point?.[s.key]));
    text(this.#when, this.#cursor == null || !point ? "" : clock(point.at));
    this.#canvas.setAttribute("aria-label", point
      ? `${clock(point.at)}: ${series.map((s) => `${s.label} ${format(point[s.key])}`).join(", ")}. Arrow keys move in time.`
      : this.#options.empty);
  }

  #show(index) {
    this.#cursor = index;
    this.#draw();
  }

  #moveTo(event) {
    if (!this.#points.length) return;
    const box = this.#canvas.getBoundingClientRect();
    const end = Date.parse(this.#points.at(-1).at);
    const at = end - WINDOW_MILLIS * (1 - (event.clientX - box.left - LEFT) / (box.width - LEFT - 4));
    let best = 0;
    this.#points.forEach((point, i) => {
      if (Math.abs(Date.parse(point.at) - at) < Math.abs(Date.parse(this.#points[best].at) - at)) best = i;
    });
    this.#show(best);
  }

  #step(event) {
    const last = this.#points.length - 1;
    const from = this.#cursor ?? last;
    const to = {ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last}[event.key];
    if (to == null || last < 0) return;
    event.preventDefault();
    this.#show(Math.min(last, Math.max(0, to)));
  }
}

function path(points, key, x, y, log) {
  let d = "";
  let pen = false;
  for (const point of points) {
    const value = point[key];
    if (value == null || (log && value <= 0)) {
      pen = false;
      continue;
    }
    const place = `${x(point).toFixed(1)} ${y(value).toFixed(1)}`;
    // a single point between gaps is drawn as a dot, by the round line cap
    d += pen ? `L${place}` : `M${place}h.01`;
    pen = true;
  }
  return d;
}

/** Removes trailing zeros: 10.0 ms becomes 10 ms. */
const round = (words) => words.replace(/\.0+(?!\d)|(?<=\.\d*?)0+(?!\d)/, "");

function linearScale(values) {
  const max = Math.max(1, ...values);
  const magnitude = 10 ** Math.floor(Math.log10(max));
  const top = [1, 2, 4, 6, 8, 10].map((m) => m * magnitude).find((m) => m >= max);
  return {at: (value) => value / top, ticks: [0, top / 2, top]};
}

function logScale(values) {
  const low = Math.floor(Math.log10(Math.min(0.1, ...values)));
  const high = Math.max(low + 2, Math.ceil(Math.log10(Math.max(1, ...values))));
  const step = Math.ceil((high - low) / 3);
  const ticks = [];
  for (let exponent = low; exponent <= high; exponent += step) ticks.push(10 ** exponent);
  return {at: (value) => (Math.log10(value) - low) / (high - low), ticks};
}
