/** Defined by `npm run deploy`, `npm run build` and `npm start` (wrangler's `--define`). */
declare const PHONEGATE_BUILD: Build | undefined;

interface Build {
  /** The version in package.json. */
  readonly version: string;
  /** Git's commit hash, with `+changes` if tracked files differed from it. */
  readonly commit: string;
}

/** The build, for `/healthz` and the log. It is unknown if plain `wrangler` started the Worker. */
export const build: Build =
  typeof PHONEGATE_BUILD === "undefined"
    ? { version: "unknown", commit: "unknown" }
    : PHONEGATE_BUILD;
