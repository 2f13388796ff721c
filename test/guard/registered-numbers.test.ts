import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engines } from "../helpers/racing.ts";
import { runs } from "../helpers/runs.ts";
import { anySetting, anyStep, play } from "./two-worlds.ts";

describe.each(engines)("engine $engine: a stranger without a captcha", ({ env: engine }) => {
  it("cannot distinguish a member's number from another one by any sequence of requests", async () => {
    const steps = fc.array(anyStep, { minLength: 3, maxLength: 10, size: "max" });
    await fc.assert(
      fc.asyncProperty(anySetting, steps, async (setting, taken) => {
        const asked = { setting, engine, steps: taken };
        expect(await play("member", asked)).toEqual(await play("non-member", asked));
      }),
      { numRuns: runs(20) },
    );
  });
});
