import { byId, call, element, formatNumber } from "./dom.js";
import { showCaptchas, showClock, showFailureNumbers, showFaults, wireLevers } from "./levers.js";
import { changeStatus, loadOptOuts, loadStatuses, showOptOut, wireOptOut } from "./messaging.js";
import { announce, showThread, wireSuggestion } from "./thread.js";

/** The inbox, newest first. */
let inbox = [];
/**
 * The phone that the developer selected. Without a selection the page shows the phone with the
 * newest message.
 */
let picked = numberIn(decodeURIComponent(location.hash.slice(1)));
const unread = new Map();
let loading = false;
let stale = false;

const shown = () => picked ?? inbox[0]?.to;

function numberIn(text) {
  const number = text.replaceAll(/[\s().-]/g, "").replace(/^00/, "+");
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : undefined;
}

function show(fresh) {
  const number = shown();
  const entries = inbox.filter(({ to }) => to === number);
  unread.delete(number);
  // A text for another phone does not change the shown thread.
  if (fresh === undefined || fresh.to === number) showThread(number, entries, fresh);
  showPhones(number);
  showOptOut(number);
}

function showPhones(current) {
  const newest = new Map(inbox.toReversed().map((entry) => [entry.to, entry]));
  const numbers = new Set([current, ...inbox.map(({ to }) => to)].filter(Boolean));
  const ordered = [...numbers].toSorted((a, b) => lastAt(b, newest) - lastAt(a, newest));
  const focused = document.activeElement?.dataset.number;
  byId("phones").replaceChildren(...ordered.map((number) => phoneOf(number, current, newest)));
  if (focused) byId("phones").querySelector(`[data-number="${focused}"]`)?.focus();
}

function lastAt(number, newest) {
  const entry = newest.get(number);
  return entry ? inbox.length - inbox.indexOf(entry) : 0;
}

function phoneOf(number, current, newest) {
  const last = newest.get(number)?.body.replaceAll("*", "") ?? "Nothing yet";
  const name = element(
    "span",
    { class: "name" },
    formatNumber(number),
    element("span", { class: "last" }, last),
  );
  const button = element(
    "button",
    { type: "button", "aria-current": String(number === current), "data-number": number },
    name,
  );
  const count = unread.get(number) ?? 0;
  if (count > 0) {
    button.append(
      element("span", { class: "badge", "aria-label": `${count} unread` }, String(count)),
    );
  }
  button.addEventListener("click", () => pick(number));
  return element("li", {}, button);
}

function pick(number) {
  picked = number;
  history.replaceState(null, "", `#${number}`);
  show();
}

function arrive(entry) {
  if (loading) stale = true;
  inbox.unshift(entry);
  unread.set(entry.to, (unread.get(entry.to) ?? 0) + 1);
  announce(entry);
  show(entry);
}

/**
 * Loads the inbox. A message that arrives during the request may be missing, so the inbox is then
 * loaded again.
 */
async function load() {
  do {
    loading = true;
    stale = false;
    inbox = await Promise.all([call("GET", "/inbox.json"), loadStatuses()])
      .then(([entries]) => entries)
      .finally(() => (loading = false));
  } while (stale);
  show();
  await Promise.all([showClock(), showFaults(), loadOptOuts()]);
}

function connect() {
  const live = byId("live");
  const showState = (state, text) => {
    live.dataset.state = state;
    live.textContent = text;
  };
  const lost = (error) => {
    showState("lost", "The twin does not answer");
    reportError(error);
  };
  const reload = () => {
    load()
      .then(() => showState("live", "Live"))
      .catch(lost);
  };
  const events = new EventSource("/events");
  // After each interruption everything is loaded again, so that no text is missed.
  events.addEventListener("open", reload);
  events.addEventListener("error", () => {
    showState("lost", "Reconnecting");
    // Some errors close an EventSource permanently.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
  events.addEventListener("text", ({ data }) => arrive(JSON.parse(data)));
  events.addEventListener("status", ({ data }) => changeStatus(JSON.parse(data)));
  events.addEventListener("opt-outs", () => void loadOptOuts().catch(lost));
  events.addEventListener("clock", () => void showClock().catch(lost));
  events.addEventListener("faults", () => void showFaults().catch(lost));
  events.addEventListener("reset", () => {
    unread.clear();
    reload();
  });
}

byId("pick").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = byId("number");
  const number = numberIn(field.value);
  field.setAttribute("aria-invalid", String(number === undefined));
  byId("number-error").textContent =
    number === undefined ? "Enter the number with its country code, such as +1 201 555 0123." : "";
  if (number === undefined) return;
  field.value = "";
  pick(number);
});
window.addEventListener("hashchange", () => {
  const number = numberIn(decodeURIComponent(location.hash.slice(1)));
  if (number !== undefined) pick(number);
});

wireLevers();
wireSuggestion();
wireOptOut();
connect();
showFailureNumbers().catch(reportError);
showCaptchas().catch(reportError);
