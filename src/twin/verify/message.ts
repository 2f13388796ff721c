import type { InboxChannel, InboxEntry } from "../inbox.ts";
import type { Service } from "./service.ts";
import type { Verification } from "./verification.ts";

interface Texts {
  sms: (name: string, code: string) => string;
  /** The text of PSD2. Twilio does not document its own. */
  confirming?: (amount: string, payee: string) => string;
  warning: string;
  call: (name: string, digits: string) => string;
  whatsapp: (code: string) => string;
}

const ENGLISH: Texts = {
  sms: (name, code) => `Your ${name} verification code is: ${code}`,
  confirming: (amount, payee) => `It confirms ${amount} to ${payee}.`,
  warning: "Don't share this code with anyone; our employees will never ask for the code.",
  call: (name, digits) =>
    `Hello. Your ${name} verification code is ${digits} Once again, your code is ${digits} Goodbye.`,
  whatsapp: (code) => `*${code}* is your verification code.`,
};

/** Like Twilio, the twin uses a translation if it has one, otherwise English. */
const TRANSLATED: Readonly<Record<string, Texts>> = {
  de: {
    sms: (name, code) => `Ihr ${name}-Bestätigungscode lautet: ${code}`,
    warning: "Geben Sie diesen Code nicht weiter; unsere Mitarbeiter fragen nie danach.",
    call: (name, digits) =>
      `Hallo. Ihr ${name}-Bestätigungscode lautet ${digits} Noch einmal, Ihr Code lautet ${digits} Auf Wiederhören.`,
    whatsapp: (code) => `*${code}* ist dein Bestätigungscode.`,
  },
  es: {
    sms: (name, code) => `Tu código de verificación de ${name} es: ${code}`,
    warning: "No compartas este código con nadie; nuestros empleados nunca lo pedirán.",
    call: (name, digits) =>
      `Hola. Tu código de verificación de ${name} es ${digits} Una vez más, tu código es ${digits} Adiós.`,
    whatsapp: (code) => `Tu código de verificación es *${code}*.`,
  },
  fr: {
    sms: (name, code) => `Votre code de vérification ${name} est : ${code}`,
    warning: "Ne partagez ce code avec personne ; nos employés ne le demanderont jamais.",
    call: (name, digits) =>
      `Bonjour. Votre code de vérification ${name} est ${digits} Je répète, votre code est ${digits} Au revoir.`,
    whatsapp: (code) => `*${code}* est votre code de vérification.`,
  },
};

/** The twin's senders. The numbers are fictional, so that no reply can reach a real phone. */
const SENDERS: Readonly<Record<InboxChannel, string>> = {
  sms: "+12015550190",
  call: "+12015550191",
  whatsapp: "whatsapp:+12015550192",
};

/** Returns the inbox entry of a sent verification. */
export function messageOf(
  verification: Verification,
  service: Service,
  friendlyName: string | null,
  nowMs: number,
): InboxEntry {
  const { channel, code, to, sid } = verification;
  const name = friendlyName ?? String(service.settings.friendly_name);
  const texts = TRANSLATED[verification.locale?.slice(0, 2).toLowerCase() ?? "en"] ?? ENGLISH;
  return {
    to,
    from: SENDERS[channel],
    channel,
    body: [bodies[channel]({ texts, name, code, service }), confirmationOf(verification, texts)]
      .filter((part) => part !== undefined)
      .join(" "),
    code,
    at: new Date(nowMs).toISOString(),
    verification_sid: sid,
  };
}

function confirmationOf({ amount, payee }: Verification, texts: Texts): string | undefined {
  const confirming = texts.confirming ?? ENGLISH.confirming;
  return amount === null || payee === null ? undefined : confirming?.(amount, payee);
}

interface Wording {
  readonly texts: Texts;
  readonly name: string;
  readonly code: string;
  readonly service: Service;
}

const bodies: Readonly<Record<InboxChannel, (wording: Wording) => string>> = {
  sms: ({ texts, name, code, service }) => {
    const warns = service.settings.do_not_share_warning_enabled === true;
    return warns ? `${texts.sms(name, code)}. ${texts.warning}` : texts.sms(name, code);
  },
  // A full stop after each character makes the voice pause.
  call: ({ texts, name, code }) => texts.call(name, code.replaceAll(/(.)/g, "$1. ").trim()),
  whatsapp: ({ texts, code }) => texts.whatsapp(code),
};
