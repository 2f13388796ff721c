/** Put in by `npm run deploy`, `npm run build` and `npm start` (wrangler's `--define`). */
declare const PHONEGATE_BUILD: Build | undefined;

interface Build {
  /** Of package.json. */
  readonly version: string;
  /** Git's sha, with `+changes` where tracked files differed from it. */
  readonly commit: string;
}

/** What this Worker was built from, for `/healthz` and the log. A plain `wrangler` knows neither. */
export const build: Build =
  typeof PHONEGATE_BUILD === "undefined"
    ? { version: "unknown", commit: "unknown" }
    : PHONEGATE_BUILD;
