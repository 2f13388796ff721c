import type { Purpose } from "../../contract/words.ts";
import {
  checkCredentials,
  fetchService,
  listSenders,
  listServices,
  type VerifyService,
} from "../twilio/account.ts";
import type { TwilioCaller } from "../twilio/caller.ts";
import { describeFailure, type Diagnosis } from "../twilio/failure-words.ts";
import type { Ask } from "./ask.ts";
import { verifyServiceNames } from "../../config/purposes.ts";
import type { Answers } from "./questions.ts";

/** An existing Verify service, or the name of a new one. */
export type ServiceChoice =
  | { readonly kind: "existing"; readonly service: VerifyService }
  | { readonly kind: "new"; readonly friendlyName: string };

export interface TwilioChoices {
  readonly services: ReadonlyMap<Purpose, ServiceChoice>;
  /** A number, or a Messaging Service's sid. */
  readonly sender: string | undefined;
  /** Notes about the account for the operator. */
  readonly remarks: readonly string[];
}

export type Chosen =
  | { readonly kind: "chosen"; readonly choices: TwilioChoices }
  | { readonly kind: "canceled" }
  | { readonly kind: "failed"; readonly diagnosis: Diagnosis };

/**
 * Checks the credentials and finds the services or the sender for the codes. It only reads from
 * Twilio.
 */
export async function chooseAtTwilio(
  answers: Answers,
  twilio: TwilioCaller,
  ask: Ask | undefined,
): Promise<Chosen> {
  const product = answers.engine;
  const credentials = await checkCredentials(twilio, product);
  if (credentials.kind !== "found")
    return {
      kind: "failed",
      diagnosis: describeFailure(credentials, twilio.access, "use this account"),
    };
  const { account } = credentials;
  if (account !== undefined && account.status !== "active")
    return {
      kind: "failed",
      diagnosis: {
        detail: `The Twilio account is ${account.status}`,
        cure: "Reactivate it in the Twilio console.",
      },
    };
  const remarks = remarksOn(answers, account?.type, twilio);
  return answers.engine === "verify"
    ? chooseServices(answers, twilio, ask, remarks)
    : chooseSender(answers, twilio, ask, remarks);
}

function remarksOn(answers: Answers, type: string | undefined, twilio: TwilioCaller): string[] {
  const remarks: string[] = [];
  if (type === "Trial")
    remarks.push(
      "This is a trial account: it sends only to verified numbers. Upgrade it before real users sign in.",
    );
  if (type === undefined)
    remarks.push(
      "An API key cannot read its account, so it is unknown whether it is a trial account.",
    );
  if (answers.engine === "messaging" && twilio.access.authToken === undefined)
    remarks.push(
      "Without TWILIO_AUTH_TOKEN the signatures of delivery reports cannot be checked: set it in addition to the API key.",
    );
  return remarks;
}

async function chooseServices(
  answers: Answers,
  twilio: TwilioCaller,
  ask: Ask | undefined,
  remarks: readonly string[],
): Promise<Chosen> {
  const listed = await listServices(twilio);
  if (listed.kind !== "found")
    return {
      kind: "failed",
      diagnosis: describeFailure(listed, twilio.access, "list the Verify services"),
    };
  const services = new Map<Purpose, ServiceChoice>();
  for (const purpose of answers.purposes) {
    const name = verifyServiceNames[purpose];
    const taken = [...services.values()].flatMap((choice) =>
      choice.kind === "existing" ? [choice.service.sid] : [],
    );
    const free = listed.value.filter(({ sid }) => !taken.includes(sid));
    const friendlyName = friendlyNameOf(answers.settings.APP_NAME ?? "Phonegate", purpose);
    const wanted =
      answers.settings[name] ?? (ask && (await askForService(ask, purpose, free, friendlyName)));
    if (ask !== undefined && wanted === undefined) return { kind: "canceled" };
    const choice =
      findService(wanted, free, friendlyName) ?? (await findFurther(twilio, wanted, taken));
    if (choice === undefined)
      return {
        kind: "failed",
        diagnosis: {
          detail: `${name} is not a Verify service of this account that is free for ${purpose}`,
          cure: "Give the sid of a Verify service (VA…), another one for each purpose, or `new` to create one.",
        },
      };
    services.set(purpose, choice);
  }
  return { kind: "chosen", choices: { services, sender: undefined, remarks } };
}

function askForService(
  ask: Ask,
  purpose: Purpose,
  free: readonly VerifyService[],
  friendlyName: string,
): Promise<string | undefined> {
  const existing = free.map(({ sid, friendly_name, code_length }) => ({
    value: sid,
    label: `${friendly_name}, ${code_length} digits (${sid})`,
  }));
  const make = { value: "new", label: `a new service, "${friendlyName}"` };
  return ask.choose(`Verify service for ${purpose}`, [make, ...existing]);
}

/**
 * Finds the wanted service. Without a given sid it finds a service that an earlier set-up created
 * under the same name.
 */
function findService(
  wanted: string | undefined,
  free: readonly VerifyService[],
  friendlyName: string,
): ServiceChoice | undefined {
  const sameName = free.filter((each) => each.friendly_name === friendlyName);
  const service =
    wanted === undefined && sameName.length === 1
      ? sameName[0]
      : free.find(({ sid }) => sid === wanted);
  if (service !== undefined) return { kind: "existing", service };
  return wanted === undefined || wanted === "new" ? { kind: "new", friendlyName } : undefined;
}

/** Finds a service that is not among the first hundred. */
async function findFurther(
  twilio: TwilioCaller,
  wanted: string | undefined,
  taken: readonly string[],
): Promise<ServiceChoice | undefined> {
  if (wanted === undefined || !/^VA[0-9a-f]{32}$/.test(wanted) || taken.includes(wanted))
    return undefined;
  const found = await fetchService(twilio, wanted);
  return found.kind === "found" ? { kind: "existing", service: found.value } : undefined;
}

/** Twilio allows 32 characters, and refuses five digits in a row because they look like a code. */
function friendlyNameOf(appName: string, purpose: Purpose): string {
  const suffix = purpose === "sign_in" ? "" : ` ${purpose.replace("_", " ")}`;
  const name = appName.replaceAll(/\d{5,}/g, (digits) => digits.slice(0, 4));
  return `${name.slice(0, 32 - suffix.length).trim()}${suffix}`;
}

async function chooseSender(
  answers: Answers,
  twilio: TwilioCaller,
  ask: Ask | undefined,
  remarks: readonly string[],
): Promise<Chosen> {
  const { TWILIO_FROM: from, TWILIO_MESSAGING_SERVICE_SID: service } = answers.settings;
  if (from !== undefined && service !== undefined)
    return senderFailure("TWILIO_FROM and TWILIO_MESSAGING_SERVICE_SID are both given");
  // A short code or a name is not in Twilio's lists.
  if (from !== undefined && !from.startsWith("+"))
    return { kind: "chosen", choices: { services: new Map(), sender: from, remarks } };
  const listed = await listSenders(twilio);
  if (listed.kind !== "found")
    return {
      kind: "failed",
      diagnosis: describeFailure(listed, twilio.access, "list its numbers and Messaging Services"),
    };
  const { value: senders } = listed;
  if (senders.length === 0)
    return senderFailure("The account has no number and no Messaging Service that can send texts");
  const only = senders.length === 1 ? senders[0]?.id : undefined;
  const wanted =
    from ??
    service ??
    only ??
    (ask &&
      (await ask.choose(
        "Which sender sends the texts?",
        senders.map(({ id, label }) => ({ value: id, label })),
      )));
  if (wanted === undefined && ask !== undefined) return { kind: "canceled" };
  const sender = senders.find(({ id }) => id === wanted)?.id;
  if (sender !== undefined)
    return { kind: "chosen", choices: { services: new Map(), sender, remarks } };
  const able = senders.map(({ label }) => label).join(", ");
  return senderFailure(
    wanted === undefined
      ? `The account has several senders: ${able}`
      : `The given sender cannot send texts. These can: ${able}`,
  );
}

const senderFailure = (detail: string): Chosen => ({
  kind: "failed",
  diagnosis: {
    detail,
    cure: "Name one sender: --from (a number in E.164) or --messaging-service (MG…). You can buy numbers in the Twilio console.",
  },
});
