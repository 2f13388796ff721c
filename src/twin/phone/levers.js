import { byId, call, copy, element, formatNumber, toast } from "./dom.js";

const FAULTS = [
  { label: "fails with 500", fault: { status: 500 } },
  { label: "fails with 429, too many requests", fault: { code: 20429 } },
  { label: "answers 12 seconds late", fault: { delay_ms: 12_000 } },
  { label: "answers broken JSON", fault: { body: "truncated", processed: true } },
  { label: "answers an HTML page", fault: { body: "html" } },
  { label: "loses the connection after the headers", fault: { body: "reset", processed: true } },
  { label: "is carried out, but its answer is lost", fault: { status: 502, processed: true } },
  { label: "is refused: wrong credentials", fault: { status: 401 } },
];
const STEPS = {
  start: "Verify: at the start",
  check: "Verify: at the check",
  message: "Messaging: when a text is sent",
  lookup: "Lookup",
};
/** Without AM and PM, as in a phone's status bar. */
const FORMATS = {
  short: new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  long: new Intl.DateTimeFormat([], { timeStyle: "medium", hourCycle: "h23" }),
};

let twinAheadMs = 0;

export async function showClock() {
  const { now, advanced_seconds } = await call("GET", "/twin/clock");
  twinAheadMs = Date.parse(now) - Date.now();
  byId("ahead").textContent = advanced_seconds === 0 ? "" : `${spanOf(advanced_seconds)} ahead`;
  tick();
}

function tick() {
  const now = new Date(Date.now() + twinAheadMs);
  for (const node of document.querySelectorAll("[data-clock]")) {
    node.textContent = FORMATS[node.dataset.clock].format(now);
  }
}

function spanOf(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

export async function showFaults() {
  const { faults } = await call("GET", "/twin/faults");
  const items = faults.map((fault) => element("li", {}, describe(fault)));
  byId("armed").replaceChildren(...items);
  byId("disarm").hidden = faults.length === 0;
}

function describe({ count, ...fault }) {
  const calls = count === 1 ? "Next call" : `Next ${count} calls`;
  const known = FAULTS.find((preset) => JSON.stringify(preset.fault) === JSON.stringify(fault));
  if (known) return `${calls}: ${known.label}`;
  const fields = Object.entries(fault).map(([name, value]) => `${name} ${value}`);
  return `${calls}: ${fields.join(", ") || "status 500"}`;
}

export async function showFailureNumbers() {
  const numbers = await call("GET", "/twin/numbers.json");
  const items = [];
  for (const [at, title] of Object.entries(STEPS)) {
    items.push(element("li", {}, element("h3", {}, title)));
    items.push(...numbers.filter((entry) => entry.at === at).map(failureOf));
  }
  byId("failures").replaceChildren(...items);
}

function failureOf({ number, happens, code }) {
  const button = element(
    "button",
    { type: "button" },
    element("span", { class: "number" }, formatNumber(number)),
    element("span", { class: "error-code" }, code === null ? "" : String(code)),
    element("span", { class: "happens" }, happens),
  );
  button.addEventListener("click", () => void copy(number));
  return element("li", {}, button);
}

export async function showCaptchas() {
  const captchas = await call("GET", "/twin/captchas.json");
  byId("captchas").replaceChildren(...captchas.map(captchaOf));
}

function captchaOf({ token, happens }) {
  const button = element(
    "button",
    { type: "button" },
    element("span", { class: "number" }, token),
    element("span", { class: "happens" }, happens),
  );
  button.addEventListener("click", () => void copy(token));
  return element("li", {}, button);
}

/** Connects the controls for clock, faults and reset. Their changes arrive as events. */
export function wireLevers() {
  setInterval(tick, 1000);
  for (const button of document.querySelectorAll("[data-advance]")) {
    const advance_seconds = Number(button.dataset.advance);
    button.addEventListener("click", () => send("POST", "/twin/clock", { advance_seconds }));
  }
  const select = byId("fault");
  select.append(...FAULTS.map(({ label }, at) => element("option", { value: String(at) }, label)));
  byId("faults").addEventListener("submit", (event) => {
    event.preventDefault();
    send("POST", "/twin/faults", { count: 1, ...FAULTS[Number(select.value)].fault });
  });
  byId("disarm").addEventListener("click", () => send("DELETE", "/twin/faults"));
  wireReset();
}

/** The reset needs a second press within three seconds. */
function wireReset() {
  const button = byId("reset");
  const label = button.textContent;
  let timer;
  const cancelReset = () => {
    clearTimeout(timer);
    button.classList.remove("sure");
    button.textContent = label;
  };
  button.addEventListener("click", () => {
    if (button.classList.contains("sure")) {
      cancelReset();
      return send("POST", "/twin/reset", {});
    }
    button.classList.add("sure");
    button.textContent = "Press again to delete everything";
    timer = setTimeout(cancelReset, 3000);
    return undefined;
  });
}

function send(method, path, body) {
  call(method, path, body).catch((error) => toast(error.message));
}
