import { byId, copy, element, formatNumber } from "./dom.js";
import { statusText } from "./messaging.js";

const CHANNELS = { sms: "SMS", call: "Voice call", whatsapp: "WhatsApp" };
const timeFormat = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat([], { weekday: "long", day: "numeric", month: "long" });

/**
 * Shows one phone's texts and calls, oldest on top. If `fresh` is given, only this entry is added,
 * so that the keyboard focus stays in place.
 */
export function showThread(number, entries, fresh) {
  const list = byId("messages");
  byId("owner").textContent = number === undefined ? "No phone yet" : formatNumber(number);
  byId("count").textContent = countOf(entries);
  byId("empty").hidden = entries.length > 0;
  const isSame = fresh !== undefined && list.dataset.number === fresh.to;
  list.dataset.number = number ?? "";
  const added = isSame ? [fresh] : entries.toReversed();
  if (!isSame) list.replaceChildren();
  for (const entry of added) append(list, entry, entry === fresh);
  const thread = byId("thread");
  if (added.length > 0) thread.scrollTop = thread.scrollHeight;
  suggest(entries.find((entry) => entry.code !== null));
}

function append(list, entry, isFresh) {
  const day = dayFormat.format(new Date(entry.at));
  if ([...list.querySelectorAll(".day")].at(-1)?.textContent !== day) {
    list.append(element("li", { class: "day" }, day));
  }
  list.append(messageOf(entry, isFresh));
}

/** Announces a new entry to a screen reader. */
export function announce(entry) {
  const channel = CHANNELS[entry.channel];
  byId("announce").textContent = `${channel} for ${formatNumber(entry.to)}: ${entry.body}`;
}

function countOf(entries) {
  const calls = entries.filter(({ channel }) => channel === "call").length;
  const texts = entries.length - calls;
  const parts = [];
  if (texts > 0) parts.push(texts === 1 ? "1 text" : `${texts} texts`);
  if (calls > 0) parts.push(calls === 1 ? "1 call" : `${calls} calls`);
  return parts.join(", ");
}

function messageOf(entry, isFresh) {
  const time = element("time", { datetime: entry.at }, timeFormat.format(new Date(entry.at)));
  const at = element("p", { class: "at" }, time);
  if (entry.message_sid !== undefined) at.append(" · ", deliveryOf(entry.message_sid));
  const meta = element(
    "p",
    { class: "meta" },
    element("span", { class: "channel" }, CHANNELS[entry.channel]),
    element("span", {}, `from ${formatNumber(entry.from)}`),
  );
  const bubble = element("div", { class: "bubble" }, ...contentOf(entry), at);
  const item = element("li", { class: "message", "data-channel": entry.channel }, meta, bubble);
  if (isFresh) item.classList.add("fresh");
  return item;
}

function deliveryOf(sid) {
  return element("span", { class: "delivery", "data-message": sid }, statusText(sid));
}

function contentOf(entry) {
  if (entry.channel === "call") {
    const wave = element("span", { class: "wave", "aria-hidden": "true" });
    wave.append(...Array.from({ length: 14 }, () => element("i")));
    const heard = element("p", { class: "heard" }, wave, "The voice said");
    const spoken = element("p", { class: "spoken" }, `“${entry.body}”`);
    return entry.code === null
      ? [heard, spoken]
      : [heard, spoken, codeOf(entry.code, "code below")];
  }
  const body = entry.body.replaceAll(/\*(.+?)\*/g, "$1");
  const at = entry.code === null ? -1 : body.indexOf(entry.code);
  if (at === -1) return [body];
  return [body.slice(0, at), codeOf(entry.code, "code"), body.slice(at + entry.code.length)];
}

function codeOf(code, className) {
  const label = `Copy code ${code}`;
  const button = element("button", { type: "button", class: className, "aria-label": label }, code);
  button.addEventListener("click", () => void copyFrom(button, code));
  return button;
}

async function copyFrom(button, code) {
  if (!(await copy(code))) return;
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 900);
}

/** Offers the newest code below the thread, as a phone's keyboard does. */
function suggest(entry) {
  const button = byId("suggest");
  button.hidden = entry === undefined;
  if (entry === undefined) return;
  byId("suggest-from").textContent = entry.channel === "call" ? "From the call" : "From Messages";
  byId("suggest-code").textContent = entry.code;
  button.setAttribute("aria-label", `Copy newest code ${entry.code}`);
}

export function wireSuggestion() {
  const button = byId("suggest");
  button.addEventListener("click", () => void copyFrom(button, byId("suggest-code").textContent));
}
