import { byId, call, formatNumber, toast } from "./dom.js";

const STATUS_TEXTS = {
  accepted: "Accepted",
  queued: "Queued",
  sent: "Sent",
  delivered: "Delivered",
};

/** Statuses by message sid. A message that just arrived has none yet. */
let statuses = {};
/** The numbers that opted out. Their messages are refused. */
let optedOut = new Set();
let shown;

/** Loads all statuses. A status that arrives during the request is newer and wins. */
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

/** Updates the status text of a message everywhere on the page. */
export function changeStatus({ message_sid, status, error_code }) {
  statuses[message_sid] = { status, error_code };
  for (const node of document.querySelectorAll(`[data-message="${message_sid}"]`)) {
    node.textContent = statusText(message_sid);
  }
}

export function statusText(messageSid) {
  return STATUS_TEXTS[statuses[messageSid]?.status ?? "queued"] ?? "";
}

/** Shows whether the current phone opted out. */
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
      .then(() => toast(`${formatNumber(number)} ${opted_out ? "opted out" : "opted in again"}`))
      .catch((error) => toast(error.message));
  });
}
