/** Every text of the element. `{…}` is filled in; numbers with units come from `Intl`. */
const en = {
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
export type Texts = Readonly<Record<keyof typeof en, string>>;

const es: Texts = {
  title: "Inicia sesión",
  titleFor: "Inicia sesión en {app}",
  intro: "Te enviamos un código para comprobar que el número es tuyo.",
  country: "País",
  number: "Número de teléfono",
  send: "Continuar",
  captcha: "Demuestra que no eres un robot.",
  stepUpTitle: "Confirma que eres tú",
  stepUpIntro: "Enviamos un código al número con el que iniciaste sesión.",
  stepUpSend: "Enviar el código",
  codeTitle: "Introduce el código",
  sentText: "Lo enviamos por SMS a {to}.",
  sentCall: "Llamamos a {to} para darte el código.",
  sentWhatsapp: "Lo enviamos por WhatsApp a {to}.",
  code: "Código",
  codeHint: "Se comprueba en cuanto está completo.",
  check: "Continuar",
  change: "Cambiar el número",
  nothingCame: "¿No te llega?",
  again: "Enviar otra vez",
  call: "Prefiero una llamada",
  whatsapp: "Enviar por WhatsApp",
  againReady: "Ya puedes pedir el código otra vez.",
  newCode: "Pedir un código nuevo",
  doneTitle: "Has iniciado sesión",
  stepUpDoneTitle: "Confirmado",
  slow: "Está tardando más de lo normal …",
  online: "Vuelves a tener conexión.",
  sessionLost: "Se cerró tu sesión. Iníciala de nuevo.",
  noNumber: "Escribe tu número de teléfono.",
  noCountry: "Elige tu país.",
  shortCode: "El código aún no está completo.",
  wrongCode: "El código no es correcto. Intentos restantes: {count}.",
  expired: "El código ha caducado.",
  exhausted: "Demasiados códigos incorrectos. Necesitas uno nuevo.",
  ended: "El código ya no es válido.",
  badNumber: "No es un número de teléfono. Revísalo, y también el país.",
  badCountry: "No atendemos números de este país.",
  badType: "Este tipo de número no puede recibir códigos. Prueba con un móvil.",
  noText: "A este número no le llega un SMS.",
  wait: "Demasiados intentos. Espera {time}.",
  unavailable: "Ahora no podemos enviar códigos. Inténtalo más tarde.",
  offline: "No tienes conexión. Inténtalo cuando vuelvas a tenerla.",
  unreachable: "No hubo respuesta. Inténtalo de nuevo.",
  failed: "Algo ha fallado por nuestra parte. Inténtalo de nuevo.",
};

const de: Texts = {
  title: "Anmelden",
  titleFor: "Bei {app} anmelden",
  intro: "Wir schicken dir einen Code, um zu sehen, dass die Nummer dir gehört.",
  country: "Land",
  number: "Telefonnummer",
  send: "Weiter",
  captcha: "Bitte zeige, dass du kein Roboter bist.",
  stepUpTitle: "Bestätige, dass du es bist",
  stepUpIntro: "Wir schicken einen Code an die Nummer, mit der du dich angemeldet hast.",
  stepUpSend: "Code schicken",
  codeTitle: "Code eingeben",
  sentText: "Wir haben ihn per SMS an {to} geschickt.",
  sentCall: "Wir rufen {to} an und sagen dir den Code.",
  sentWhatsapp: "Wir haben ihn per WhatsApp an {to} geschickt.",
  code: "Code",
  codeHint: "Er wird geprüft, sobald er vollständig ist.",
  check: "Weiter",
  change: "Nummer ändern",
  nothingCame: "Kein Code da?",
  again: "Noch einmal schicken",
  call: "Lieber anrufen",
  whatsapp: "Per WhatsApp schicken",
  againReady: "Du kannst den Code jetzt noch einmal anfordern.",
  newCode: "Neuen Code holen",
  doneTitle: "Du bist angemeldet",
  stepUpDoneTitle: "Bestätigt",
  slow: "Das dauert länger als sonst …",
  online: "Du bist wieder online.",
  sessionLost: "Du wurdest abgemeldet. Bitte melde dich neu an.",
  noNumber: "Gib deine Telefonnummer ein.",
  noCountry: "Wähle dein Land.",
  shortCode: "Der Code ist noch nicht vollständig.",
  wrongCode: "Der Code ist falsch. Verbleibende Versuche: {count}.",
  expired: "Der Code ist abgelaufen.",
  exhausted: "Zu viele falsche Codes. Du brauchst einen neuen.",
  ended: "Der Code gilt nicht mehr.",
  badNumber: "Das ist keine Telefonnummer. Prüfe sie und das Land.",
  badCountry: "Nummern dieses Landes werden nicht unterstützt.",
  badType: "Diese Art von Nummer kann keinen Code bekommen. Nimm eine Mobilnummer.",
  noText: "Eine SMS erreicht diese Nummer nicht.",
  wait: "Zu viele Versuche. Wartezeit: {time}.",
  unavailable: "Im Moment können wir keine Codes schicken. Versuche es später noch einmal.",
  offline: "Du bist offline. Versuche es noch einmal, sobald du verbunden bist.",
  unreachable: "Es kam keine Antwort. Versuche es noch einmal.",
  failed: "Bei uns ist etwas schiefgegangen. Versuche es noch einmal.",
};

const ar: Texts = {
  title: "تسجيل الدخول",
  titleFor: "تسجيل الدخول إلى {app}",
  intro: "نرسل إليك رمزًا لنتأكد من أن الرقم لك.",
  country: "البلد",
  number: "رقم الهاتف",
  send: "متابعة",
  captcha: "يرجى إثبات أنك لست روبوتًا.",
  stepUpTitle: "أكّد أنك أنت",
  stepUpIntro: "نرسل رمزًا إلى الرقم الذي سجّلت الدخول به.",
  stepUpSend: "إرسال الرمز",
  codeTitle: "أدخل الرمز",
  sentText: "أرسلناه برسالة نصية إلى {to}.",
  sentCall: "نتصل بالرقم {to} لنقرأ لك الرمز.",
  sentWhatsapp: "أرسلناه عبر واتساب إلى {to}.",
  code: "الرمز",
  codeHint: "يتم التحقق منه فور اكتماله.",
  check: "متابعة",
  change: "تغيير الرقم",
  nothingCame: "لم يصل الرمز؟",
  again: "إرساله مرة أخرى",
  call: "اتصلوا بي بدلًا من ذلك",
  whatsapp: "إرساله عبر واتساب",
  againReady: "يمكنك الآن طلب الرمز مرة أخرى.",
  newCode: "طلب رمز جديد",
  doneTitle: "تم تسجيل دخولك",
  stepUpDoneTitle: "تم التأكيد",
  slow: "يستغرق هذا وقتًا أطول من المعتاد …",
  online: "عاد اتصالك بالإنترنت.",
  sessionLost: "تم تسجيل خروجك. يرجى تسجيل الدخول من جديد.",
  noNumber: "أدخل رقم هاتفك.",
  noCountry: "اختر بلدك.",
  shortCode: "الرمز غير مكتمل بعد.",
  wrongCode: "الرمز غير صحيح. المحاولات المتبقية: {count}.",
  expired: "انتهت صلاحية الرمز.",
  exhausted: "رموز خاطئة كثيرة. تحتاج إلى رمز جديد.",
  ended: "لم يعد هذا الرمز صالحًا.",
  badNumber: "هذا ليس رقم هاتف. تحقق منه ومن البلد.",
  badCountry: "لا ندعم أرقام هذا البلد.",
  badType: "لا يمكن لهذا النوع من الأرقام تلقي رمز. جرّب رقم هاتف محمول.",
  noText: "لا يمكن أن تصل رسالة نصية إلى هذا الرقم.",
  wait: "محاولات كثيرة. يرجى الانتظار {time}.",
  unavailable: "لا يمكننا إرسال الرموز حاليًا. حاول مرة أخرى لاحقًا.",
  offline: "أنت غير متصل بالإنترنت. حاول مرة أخرى عند عودة الاتصال.",
  unreachable: "لم يصل أي رد. حاول مرة أخرى.",
  failed: "حدث خطأ لدينا. حاول مرة أخرى.",
};

const languages: Readonly<Record<string, Texts>> = { en, es, de, ar };

/** The texts of a language tag such as `es-MX`; English where there are none. */
export function textsFor(tag: string, own: Partial<Texts>): Texts {
  return { ...(languages[tag.toLowerCase().split("-")[0] ?? ""] ?? en), ...own };
}

/** Throws a `TypeError` that names what nobody shows. */
export function checkOwnTexts(own: Partial<Texts>): void {
  const unknown = Object.keys(own).filter((name) => !Object.hasOwn(en, name));
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
