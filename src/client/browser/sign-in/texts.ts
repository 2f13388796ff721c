/** Every text of the element. `{…}` is filled in; numbers with units come from `Intl`. */
export const english = {
  title: "Sign in",
  titleFor: "Sign in to {app}",
  intro: "We send you a code, to see that this is your number.",
  country: "Country",
  number: "Phone number",
  send: "Continue",
  captcha: "Please show that you are not a robot.",
  stepUpTitle: "Confirm that it is you",
  stepUpIntro: "We send a code to the number that you signed in with.",
  stepUpSend: "Send the code",
  codeTitle: "Enter the code",
  sentText: "We sent it by text to {to}.",
  sentCall: "We are calling {to} with the code.",
  sentWhatsapp: "We sent it by WhatsApp to {to}.",
  code: "Code",
  codeHint: "It is checked as soon as it is complete.",
  check: "Continue",
  change: "Change the number",
  nothingCame: "No code yet?",
  again: "Send it again",
  call: "Call me instead",
  whatsapp: "Send it by WhatsApp",
  againReady: "You can ask for the code again now.",
  newCode: "Get a new code",
  doneTitle: "You are signed in",
  stepUpDoneTitle: "Confirmed",
  slow: "This takes longer than usual …",
  online: "You are online again.",
  sessionLost: "You were signed out. Please sign in again.",
  noNumber: "Enter your phone number.",
  noCountry: "Choose your country.",
  shortCode: "The code is not complete yet.",
  wrongCode: "This code is wrong. Tries left: {count}.",
  expired: "This code has expired.",
  exhausted: "Too many wrong codes. You need a new one.",
  ended: "This code is not good any more.",
  badNumber: "This is not a phone number. Check it, and the country.",
  badCountry: "We do not serve numbers of this country.",
  badType: "This kind of number cannot get a code. Try a mobile number.",
  noText: "A text cannot reach this number.",
  wait: "Too many tries. Please wait for {time}.",
  unavailable: "We cannot send codes at the moment. Please try again later.",
  offline: "You are offline. Please try again when you are connected.",
  unreachable: "There was no answer. Please try again.",
  failed: "Something went wrong on our side. Please try again.",
};
export type Texts = Readonly<Record<keyof typeof english, string>>;

/** Throws a `TypeError` that names what nobody shows. */
export function checkOwnTexts(own: Partial<Texts>): void {
  const unknown = Object.keys(own).filter((name) => !Object.hasOwn(english, name));
  if (unknown.length > 0) throw new TypeError(`there is no text ${unknown.join(", ")}`);
}

export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

const rightToLeft = /^(ar|fa|he|iw|ur|ps|sd|ug|yi|dv|ckb)\b/i;
export const directionOf = (tag: string): "rtl" | "ltr" => (rightToLeft.test(tag) ? "rtl" : "ltr");

/** "2 minutes", in the language: seconds under two minutes, then minutes, then hours. */
export function duration(tag: string, seconds: number): string {
  const [value, unit] =
    seconds < 120
      ? [seconds, "second"]
      : seconds < 7200
        ? [Math.ceil(seconds / 60), "minute"]
        : [Math.ceil(seconds / 3600), "hour"];
  return new Intl.NumberFormat(tag, { style: "unit", unit, unitDisplay: "long" }).format(value);
}
