import { expect, it } from "vitest";
import { RememberedRefusals } from "../../src/guard/remembered-refusals.ts";

it("an address is remembered exactly until its window ends", () => {
  const over = new RememberedRefusals<string>();
  over.remember("a", "no", 1000);
  expect(over.find("a", 999)).toEqual({ refusal: "no", leftMs: 1 });
  expect(over.find("b", 0)).toBeUndefined();
  expect(over.find("a", 1000)).toBeUndefined();
  expect(over.find("a", 0)).toBeUndefined();
});

it("many addresses replace the oldest ones and do not fill the memory", () => {
  const over = new RememberedRefusals<number>();
  for (let index = 0; index < 10_001; index += 1) over.remember(String(index), index, 1000);
  expect(over.find("0", 0)).toBeUndefined();
  expect(over.find("1", 0)?.refusal).toBe(1);
  expect(over.find("10000", 0)?.refusal).toBe(10_000);
});
