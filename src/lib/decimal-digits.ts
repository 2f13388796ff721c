const invisible = /\p{Default_Ignorable_Code_Point}/gu;
const foreignDigit = /[^\P{Nd}0-9]/gu;

/**
 * Returns the text with the decimal digits of any script as ASCII digits, without invisible
 * characters.
 */
export const asciiDigits = (text: string): string =>
  text.replace(invisible, "").replace(foreignDigit, digitValue);

// Unicode encodes decimal digits in runs of ten, 0 first (UAX #44, Numeric_Type=Decimal). Two runs may
// follow each other directly, hence the remainder.
function digitValue(digit: string): string {
  const codePoint = digit.codePointAt(0) ?? 0;
  let start = codePoint;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(start - 1))) start -= 1;
  return String((codePoint - start) % 10);
}
