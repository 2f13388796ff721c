import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** How many times as often a property is tried: 1, and more in `npm run test:long`. */
    runsFactor: number;
  }
}

/** How often a property is tried: `ordinary` times with `npm test`, more with `npm run test:long`. */
export const runs = (ordinary: number): number => ordinary * inject("runsFactor");
