import { expect, it } from "vitest";
import { RememberedRefusals } from "../../src/guard/remembered-refusals.ts";

it("an address is remembered until its window ends, and not a moment longer", () => {
  const over = new RememberedRefusals<string>();
  over.remember("a", "no", 1000);
  expect(over.find("a", 999)).toEqual({ refusal: "no", leftMs: 1 });
  expect(over.find("b", 0)).toBeUndefined();
  expect(over.find("a", 1000)).toBeUndefined();
  expect(over.find("a", 0)).toBeUndefined();
});

it("a crowd of addresses pushes the oldest out rather than filling the memory", () => {
  const over = new RememberedRefusals<number>();
  for (let index = 0; index < 10_001; index += 1) over.remember(String(index), index, 1000);
  expect(over.find("0", 0)).toBeUndefined();
  expect(over.find("1", 0)?.refusal).toBe(1);
  expect(over.find("10000", 0)?.refusal).toBe(10_000);
});
