/**
 * The languages of Verify's default template. The twin keeps its own list, so that it cannot repeat
 * a mistake of the product. Source: https://www.twilio.com/docs/verify/supported-languages, read on
 * 2026-11-28.
 */
const DOCUMENTED =
  "af ar ca zh zh-CN zh-HK hr cs da nl en en-GB et fi fr de el he hi hu id it ja kn ko lt ms mr nb " +
  "pl pt-BR pt ro ru sk es sv tl te th tr vi";

export const twinLocales: ReadonlySet<string> = new Set(DOCUMENTED.split(" "));
