import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** The factor for the runs of a property: 1, and more in `npm run test:long`. */
    runsFactor: number;
  }
}

/**
 * Returns the runs of a property: `ordinary` runs with `npm test`, more with `npm run test:long`.
 */
export const runs = (ordinary: number): number => ordinary * inject("runsFactor");
