import { describe, expect, it } from "vitest";
import { CircuitBreaker } from "../../src/twilio/breaker.ts";

function failed(times: number, breaker = new CircuitBreaker()) {
  for (let count = 0; count < times; count += 1) breaker.report(false, 0);
  return breaker;
}

describe("a breaker", () => {
  it("allows every call until the fifth consecutive failure", () => {
    expect(failed(4).allows(0)).toBe(true);
    expect(failed(5).allows(0)).toBe(false);
  });

  it("resets its count after a success", () => {
    const breaker = failed(4);
    breaker.report(true, 0);
    expect(failed(4, breaker).allows(0)).toBe(true);
  });

  it("allows one trial call after 30 s, and the other calls wait for it", () => {
    const breaker = failed(5);
    expect(breaker.allows(29_999)).toBe(false);
    expect(breaker.allows(30_000)).toBe(true);
    expect(breaker.allows(30_001)).toBe(false);
  });

  it("closes after a successful trial call, and opens again after a failed one", () => {
    const breaker = failed(5);
    breaker.allows(30_000);
    breaker.report(false, 31_000);
    expect(breaker.allows(60_999)).toBe(false);
    expect(breaker.allows(61_000)).toBe(true);
    breaker.report(true, 62_000);
    expect(breaker.allows(62_000)).toBe(true);
    expect(breaker.allows(62_001)).toBe(true);
  });
});
