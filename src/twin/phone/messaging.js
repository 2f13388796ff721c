import { byId, call, pretty, toast } from "./dom.js";

const WORDS = {
  accepted: "Accepted",
  queued: "Queued",
  sent: "Sent",
  delivered: "Delivered",
};

/** By message sid; what just arrived has none yet. */
let statuses = {};
/** Numbers whose messages are refused. */
let optedOut = new Set();
let shown;

/** What changes meanwhile is newer than what is being read. */
export async function loadStatuses() {
  const known = statuses;
  statuses = {};
  try {
    Object.assign(known, await call("GET", "/twin/statuses.json"));
  } finally {
    statuses = { ...known, ...statuses };
  }
}

export async function loadOptOuts() {
  const { opted_out } = await call("GET", "/twin/opt-out");
  optedOut = new Set(opted_out);
  showOptOut(shown);
}

/** Keeps the word true wherever the message stands. */
export function changeStatus({ message_sid, status, error_code }) {
  statuses[message_sid] = { status, error_code };
  for (const node of document.querySelectorAll(`[data-message="${message_sid}"]`)) {
    node.textContent = wordOf(message_sid);
  }
}

export function wordOf(messageSid) {
  return WORDS[statuses[messageSid]?.status ?? "queued"] ?? "";
}

/** The button answers for the phone that is shown. */
export function showOptOut(number) {
  shown = number;
  const button = byId("stop");
  const isOut = optedOut.has(number);
  button.hidden = number === undefined;
  button.textContent = isOut ? "Reply START" : "Reply STOP";
  byId("opted-out").hidden = !isOut;
}

export function wireOptOut() {
  byId("stop").addEventListener("click", () => {
    const number = shown;
    const opted_out = !optedOut.has(number);
    call("POST", "/twin/opt-out", { number, opted_out })
      .then(() => toast(`${pretty(number)} ${opted_out ? "opted out" : "opted in again"}`))
      .catch((error) => toast(error.message));
  });
}
