// Formats numbers and times.

const whole = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
const one = new Intl.NumberFormat("en", {minimumFractionDigits: 1, maximumFractionDigits: 1});

export const NONE = "–";

export const count = (n) => (n == null ? NONE : whole.format(n));

/** Formats a rate per second. */
export const rate = (n) => (n == null ? NONE : n >= 100 || n === 0 ? whole.format(n) : one.format(n));

export function millis(ms) {
  if (ms == null) return NONE;
  if (ms >= 60_000) return `${one.format(ms / 60_000)} min`;
  if (ms >= 1_000) return `${one.format(ms / 1_000)} s`;
  if (ms >= 100) return `${whole.format(ms)} ms`;
  return `${ms >= 10 ? one.format(ms) : ms.toFixed(2)} ms`;
}

export function bytes(n) {
  if (n == null) return NONE;
  if (n < 1024) return `${n} B`;
  for (const unit of ["KB", "MB", "GB"]) {
    n /= 1024;
    if (n < 1024 || unit === "GB") return `${n < 10 ? one.format(n) : whole.format(n)} ${unit}`;
  }
}

/** Formats a duration with its two largest units. */
export function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`;
  return `${Math.floor(s / 86400)} d ${two(Math.floor((s % 86400) / 3600))} h`;
}

export const since = (instant) => duration((Date.now() - Date.parse(instant)) / 1000);

export const clock = (instant) => new Date(instant).toLocaleTimeString("en-GB");

/** Formats a time with milliseconds. */
export function preciseClock(date) {
  return `${date.toLocaleTimeString("en-GB")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
