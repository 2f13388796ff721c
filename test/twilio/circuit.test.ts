import { describe, expect, it } from "vitest";
import { Circuit } from "../../src/twilio/circuit.ts";

function failed(times: number, circuit = new Circuit()) {
  for (let count = 0; count < times; count += 1) circuit.report(false, 0);
  return circuit;
}

describe("a circuit", () => {
  it("allows every call until the fifth consecutive failure", () => {
    expect(failed(4).allows(0)).toBe(true);
    expect(failed(5).allows(0)).toBe(false);
  });

  it("resets its count after a success", () => {
    const circuit = failed(4);
    circuit.report(true, 0);
    expect(failed(4, circuit).allows(0)).toBe(true);
  });

  it("allows one trial call after 30 s, and the other calls wait for it", () => {
    const circuit = failed(5);
    expect(circuit.allows(29_999)).toBe(false);
    expect(circuit.allows(30_000)).toBe(true);
    expect(circuit.allows(30_001)).toBe(false);
  });

  it("closes after a successful trial call, and opens again after a failed one", () => {
    const circuit = failed(5);
    circuit.allows(30_000);
    circuit.report(false, 31_000);
    expect(circuit.allows(60_999)).toBe(false);
    expect(circuit.allows(61_000)).toBe(true);
    circuit.report(true, 62_000);
    expect(circuit.allows(62_000)).toBe(true);
    expect(circuit.allows(62_001)).toBe(true);
  });
});
