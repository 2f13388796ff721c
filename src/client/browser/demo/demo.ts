import {
  PhonegateError,
  type Phonegate,
  type Session,
  type SessionChange,
} from "../sign-in/sign-in.ts";
import type { SessionView } from "../../wire.ts";
import { element } from "../sign-in/dom.ts";
import { claimsOf } from "./claims.ts";

const byId = (id: string): HTMLElement => {
  const node = document.getElementById(id);
  if (node === null) throw new Error(`the page has no #${id}`);
  return node;
};

function showSession(session: Session | undefined): void {
  byId("guide").hidden = session !== undefined;
  byId("session").hidden = session === undefined;
  document.body.classList.toggle("signed-in", session !== undefined);
  if (session === undefined) return;
  const before = new Map(
    [...byId("claims").querySelectorAll("dd")].map((node) => [
      node.dataset.claim,
      node.textContent,
    ]),
  );
  byId("claims").replaceChildren(
    ...claimsOf(session.accessToken).map(({ name, value, meaning }) => {
      const dd = element("dd", { "data-claim": name }, value);
      const changed = before.has(name) && before.get(name) !== value;
      const group = element("div", { class: changed ? "changed" : "" });
      group.append(element("dt", {}, name), dd, element("dd", { class: "meaning" }, meaning));
      return group;
    }),
  );
  byId("token").replaceChildren(
    ...session.accessToken
      .split(".")
      .flatMap((part, index) => [
        ...(index > 0 ? ["."] : []),
        element("span", { class: `part-${index}` }, part),
      ]),
  );
}

function showClock(session: Session | undefined): void {
  if (session === undefined) return;
  const seconds = Math.max(0, Math.round((session.accessExpiresAt - Date.now()) / 1000));
  const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  byId("clock").textContent = seconds > 0 ? `expires in ${left}` : "expired: refresh it";
  byId("clock").classList.toggle("over", seconds === 0);
}

function note(text: string): void {
  byId("note").textContent = text;
}

const errorText = (error: unknown): string =>
  error instanceof PhonegateError ? `${error.code}: ${error.message}` : String(error);

async function showSessions(client: Phonegate): Promise<void> {
  const rows = (await client.sessions()).map((session) => sessionRow(client, session));
  byId("sessions").replaceChildren(...rows);
}

function sessionRow(client: Phonegate, session: SessionView): HTMLElement {
  const { session_id, created_at, current, device, country } = session;
  const where = [device ?? "Some device", country].filter(Boolean).join(" · ");
  const since = `since ${new Date(created_at).toLocaleString()}`;
  const end = element("button", { type: "button" }, "End");
  end.setAttribute("aria-label", `End the session ${where}, ${since}`);
  end.addEventListener("click", () => {
    void runClick(end, "Ended there.", async () => {
      await client.signOutSession(session_id);
      await showSessions(client);
    });
  });
  const text = element("span", {}, element("b", {}, where), ` ${since}`);
  const here = element("span", { class: "here" }, "this one");
  return element("li", {}, text, current ? here : end);
}

/** Handles one click: the button is busy until the work ends, then a note shows the result. */
async function runClick(
  button: HTMLElement,
  done: string,
  work: () => Promise<unknown>,
): Promise<void> {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  note("");
  try {
    await work();
    note(done);
  } catch (error) {
    note(errorText(error));
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

function onClick(id: string, done: string, work: () => Promise<unknown>): void {
  const button = byId(id);
  button.addEventListener("click", () => void runClick(button, done, work));
}

function wireStepUp(client: Phonegate): void {
  const dialog = byId("dialog");
  if (!(dialog instanceof HTMLDialogElement)) return;
  byId("step-up").addEventListener("click", () => {
    const stepUp = document.createElement("phonegate-sign-in");
    stepUp.client = client;
    stepUp.setAttribute("purpose", "step_up");
    stepUp.addEventListener("phonegate:session", () => {
      dialog.close();
      note("Stepped up: the same session with a new code. Look at auth_time.");
    });
    dialog.querySelector("phonegate-sign-in")?.remove();
    dialog.append(stepUp);
    dialog.showModal();
    stepUp.focus();
  });
  byId("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.querySelector("phonegate-sign-in")?.remove());
}

async function main(): Promise<void> {
  await customElements.whenDefined("phonegate-sign-in");
  const signIn = document.querySelector("phonegate-sign-in");
  if (signIn === null) return;
  byId("origin").textContent = location.origin;
  const { client } = signIn;
  let current: Session | undefined;
  const show = (session: Session | undefined, change?: SessionChange): void => {
    current = session;
    showSession(session);
    showClock(session);
    if (change === "signed_out") note("");
    if (change === "opened") {
      byId("session-title").focus();
      note("");
    }
    if (session !== undefined) void showSessions(client).catch((error) => note(errorText(error)));
  };
  client.onSession(show);
  // A session of the page's storage is there already, so no listener hears of it.
  const kept = await client.session();
  if (current === undefined && kept !== undefined) show(kept);
  setInterval(() => showClock(current), 1000);
  onClick("refresh", "A new pair of tokens. The old refresh token is now invalid.", () =>
    client.refresh(),
  );
  onClick("sign-out", "", () => client.signOut());
  onClick("sign-out-everywhere", "", () => client.signOutEverywhere());
  wireStepUp(client);
}

void main();
