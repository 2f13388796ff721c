import { describe, expect, it } from "vitest";
import { isSignedByTwilio } from "../../src/twilio/signature.ts";

// The example in Twilio's documentation of request validation.
const token = "12345";
const url = "https://mycompany.com/myapp.php?foo=1&bar=2";
const parameters = {
  CallSid: "CA1234567890ABCDE",
  Caller: "+14158675309",
  Digits: "1234",
  From: "+14158675309",
  To: "+18005551212",
};
const signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

const isSigned = (changes: {
  token?: string;
  url?: string;
  parameters?: Record<string, string>;
  signature?: string;
}) =>
  isSignedByTwilio(
    changes.token ?? token,
    changes.url ?? url,
    new URLSearchParams({ ...parameters, ...changes.parameters }),
    changes.signature ?? signature,
  );

describe("a signature of Twilio's", () => {
  it("is accepted for the example in Twilio's documentation", async () => {
    expect(await isSigned({})).toBe(true);
  });

  it("does not depend on the order of the parameters", async () => {
    const reversed = new URLSearchParams(Object.entries(parameters).toReversed());
    expect(await isSignedByTwilio(token, url, reversed, signature)).toBe(true);
  });

  it.each([
    { token: "12346" },
    { url: "https://mycompany.com/myapp.php?foo=1&bar=3" },
    { url: "http://mycompany.com/myapp.php?foo=1&bar=2" },
    { parameters: { Digits: "1235" } },
    { parameters: { More: "" } },
    { signature: "" },
    { signature: signature.toLowerCase() },
    { signature: `${signature} ` },
    { signature: "RSOYDt4T1cUTdK1PDd93/VVr8B9=" },
  ])("is refused when anything differs: %j", async (change) => {
    expect(await isSigned(change)).toBe(false);
  });
});
