import type { EnvReader } from "../lib/env-reader.ts";

/** One message in several languages. */
export interface MessageTexts {
  /** For callers without a language, and for languages without a text. */
  readonly fallback: string;
  /** By canonical BCP 47 tag. */
  readonly byLanguage: Readonly<Record<string, string>>;
}

interface Kind {
  /** The setting with the one text for all languages. */
  readonly name: string;
  /** The setting with texts by language, in JSON. */
  readonly listName: string;
  /** Placeholders that a text must contain in addition to `{code}`. */
  readonly also: readonly string[];
  readonly standard: MessageTexts;
}

/**
 * The languages are those of the sign-in element, by tags that match all regions of a language. Each text
 * fits into one SMS segment (3GPP TS 23.038): 160 characters of the GSM alphabet, or 70 of others.
 */
const codeMessage: Kind = {
  name: "OTP_MESSAGE",
  listName: "OTP_MESSAGES",
  also: [],
  standard: {
    fallback: "{code} is your {app} code. It expires in {minutes} minutes.",
    byLanguage: {
      ar: "{code} رمزك في {app}. صالح لمدة {minutes} دقائق.",
      de: "{code} ist dein {app}-Code. Er gilt {minutes} Minuten.",
      es: "{code} es tu clave de {app}. Caduca en {minutes} minutos.",
      fr: "{code} est votre code {app}. Il expire dans {minutes} minutes.",
      hi: "{code} आपका {app} कोड है। {minutes} मिनट तक मान्य।",
      it: "{code} è il tuo codice {app}. Scade tra {minutes} minuti.",
      ja: "{code} は {app} の確認コードです。有効期限は{minutes}分です。",
      pt: "{code} é o seu código {app}. Expira em {minutes} minutos.",
      zh: "{code} 是您的 {app} 验证码，{minutes} 分钟内有效。",
    },
  },
};

const transactionMessage: Kind = {
  name: "OTP_MESSAGE_TRANSACTION",
  listName: "OTP_MESSAGES_TRANSACTION",
  also: ["payee", "amount"],
  standard: {
    fallback: "{code} confirms {amount} to {payee} at {app}. It expires in {minutes} minutes.",
    byLanguage: {
      ar: "{code} لتأكيد {amount} إلى {payee} عبر {app}",
      de: "{code} bestätigt {amount} an {payee} bei {app}. Gilt {minutes} Minuten.",
      es: "{code} confirma {amount} a {payee} en {app}. Caduca en {minutes} minutos.",
      fr: "{code} confirme {amount} pour {payee} chez {app}. Expire dans {minutes} minutes.",
      hi: "{code}: {payee} को {amount} की पुष्टि, {app}",
      it: "{code} conferma {amount} a {payee} su {app}. Scade tra {minutes} minuti.",
      ja: "{code}：{payee} への {amount} を確認（{app}、{minutes}分）",
      pt: "{code} confirma {amount} para {payee} em {app}. Expira em {minutes} minutos.",
      zh: "{code} 用于确认向 {payee} 支付 {amount}（{app}，{minutes} 分钟）",
    },
  },
};

/** Reads the texts of messages: the built-in ones, and the operator's own. */
export function readMessageTexts(reader: EnvReader): {
  readonly texts: MessageTexts;
  readonly transactionTexts: MessageTexts;
} {
  return {
    texts: readTexts(reader, codeMessage),
    transactionTexts: readTexts(reader, transactionMessage),
  };
}

/**
 * If the operator sets a text for all languages, our built-in texts of other languages are not
 * used.
 */
function readTexts(reader: EnvReader, { name, listName, also, standard }: Kind): MessageTexts {
  const own = reader.text(name);
  const problem = own === undefined ? undefined : textProblem(own, also);
  if (problem !== undefined) reader.problem(name, problem);
  const listed = readList(reader, listName, also);
  return own === undefined
    ? { fallback: standard.fallback, byLanguage: { ...standard.byLanguage, ...listed } }
    : { fallback: own, byLanguage: listed };
}

const tag = /^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i;

function readList(
  reader: EnvReader,
  name: string,
  also: readonly string[],
): Readonly<Record<string, string>> {
  const json = reader.text(name);
  if (json === undefined) return {};
  const entries = parseTexts(json);
  if (entries === undefined) {
    reader.problem(
      name,
      'must be JSON of texts by language, such as {"fr":"{code} …","pt-BR":"…"}',
    );
    return {};
  }
  const texts: Record<string, string> = {};
  for (const [language, text] of entries) {
    const problem = textProblem(text, also);
    if (problem !== undefined) reader.problem(name, `the text for ${language} ${problem}`);
    const [canonical = language] = Intl.getCanonicalLocales(language);
    if (texts[canonical] !== undefined) reader.problem(name, `has ${canonical} twice`);
    texts[canonical] = text;
  }
  return texts;
}

/** Valibot's records are not used here: they accept arrays and leave out `constructor`. */
function parseTexts(json: string): [language: string, text: string][] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries: [string, unknown][] = Object.entries(value);
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const areAll = texts.length === entries.length && texts.every(([each]) => isLanguage(each));
  return areAll ? texts : undefined;
}

function isLanguage(text: string): boolean {
  try {
    return tag.test(text) && Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

/** Returns what is wrong with an operator's text. `also` names further required placeholders. */
function textProblem(text: string, also: readonly string[]): string | undefined {
  if (text.split("{code}").length !== 2) return "must hold {code} once";
  const missing = also.filter((name) => !text.includes(`{${name}}`));
  if (missing.length > 0) return `must hold ${missing.map((name) => `{${name}}`).join(" and ")}`;
  const known = ["code", "app", "minutes", ...also];
  const rest = known.reduce((left, name) => left.replaceAll(`{${name}}`, ""), text);
  if (/[{}]/.test(rest)) return `knows ${known.map((name) => `{${name}}`).join(", ")} alone`;
  if (/\p{Cc}/u.test(text.replaceAll("\n", ""))) return "must not hold control characters";
  return text.length > 400 ? "must have at most 400 characters" : undefined;
}
