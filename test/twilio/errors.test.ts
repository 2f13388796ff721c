import { describe, expect, it } from "vitest";
import { codesByMeaning, meaningOf } from "../../src/twilio/errors.ts";
import fixture from "./fixtures/error-codes.json";

const { general, verify, messaging, documented } = fixture;
const sorted = (codes: readonly number[]) => codes.toSorted((left, right) => left - right);
const decided = Object.entries({ ...general, ...verify.decided, ...messaging.decided });

describe("Twilio's documented error codes", () => {
  it.each([
    ["Verify", verify, documented.verify],
    ["Messaging", messaging, documented.messaging],
  ])(
    "of %s are each mapped, or listed as not used by Phonegate",
    (_, { decided: codes, notOurCalls }, all) => {
      const ours = Object.keys(codes).map(Number);
      const others = Object.values(notOurCalls).flat();
      expect(sorted([...ours, ...others])).toEqual(sorted(all));
    },
  );

  it.each(decided)("%s means %j", (code, [meaning]) => {
    expect(meaningOf(Number(code), "")).toBe(meaning);
  });

  it("are in the table exactly once, and the table has no other codes", () => {
    // The meaning of 60200 is only in its message.
    const known = decided.map(([code]) => Number(code)).filter((code) => code !== 60200);
    expect(sorted(codesByMeaning.flatMap(([, codes]) => codes))).toEqual(sorted(known));
  });

  it("that are undocumented count as a rejection", () => {
    expect(meaningOf(99999, "")).toBe("rejected");
  });
});
