/** The package's entries, each with its module below `src`, without an extension. */
export const clientEntries: Readonly<Record<string, string>> = {
  ".": "client/index",
  "./sign-in": "client/browser/sign-in/sign-in",
  "./texts": "client/browser/texts",
  "./react": "client/browser/react",
  "./vue": "client/browser/vue",
  "./svelte": "client/browser/svelte",
  "./verify": "client/package/verify",
  "./hono": "client/hono",
  "./express": "client/express",
};

/** Modules with a side effect on import: they register the element. */
const withSideEffects = ["sign-in/sign-in", "react", "vue", "svelte"].map(
  (name) => `client/browser/${name}`,
);

/** Peer dependencies. An app that imports such an entry has the framework already. */
const frameworks = { hono: ">=4", react: ">=19", svelte: ">=5", vue: ">=3.3" };

interface ProjectManifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const [esm, cjs] = ["./esm", "./cjs"];

/**
 * Returns `package.json` of `phonegate-client`: each entry for `import` and for `require`, with its
 * types.
 */
export function clientManifest({ version, license, dependencies }: ProjectManifest): object {
  const exportsOf = Object.entries(clientEntries).map(([entry, module]) => {
    const conditions = {
      import: { types: `${esm}/${module}.d.ts`, default: `${esm}/${module}.js` },
      require: { types: `${cjs}/${module}.d.ts`, default: `${cjs}/${module}.js` },
    };
    return [entry, conditions] as const;
  });
  return {
    name: "phonegate-client",
    version,
    description:
      "Phone sign-in with a Phonegate Worker: a typed client, a sign-in element, and a verifier with middleware for backends.",
    license,
    type: "module",
    engines: { node: ">=20.19" },
    sideEffects: withSideEffects.flatMap((module) => [
      `${esm}/${module}.js`,
      `${cjs}/${module}.js`,
    ]),
    exports: { ...Object.fromEntries(exportsOf), "./package.json": "./package.json" },
    ...withoutExports("."),
    // Only `./verify` uses jose. A bundle of another entry does not include it.
    dependencies: { jose: `^${dependencies.jose}` },
    peerDependencies: frameworks,
    peerDependenciesMeta: Object.fromEntries(
      Object.keys(frameworks).map((name) => [name, { optional: true }]),
    ),
  };
}

/**
 * Returns the manifests for tools that do not support `exports` (TypeScript's `node10`, webpack 4).
 * They look in a folder with the entry's name.
 */
export function foldersWithoutExports(): ReadonlyMap<string, object> {
  const others = Object.keys(clientEntries).filter((entry) => entry !== ".");
  return new Map(others.map((entry) => [entry, withoutExports(entry)]));
}

function withoutExports(entry: string) {
  const up = entry === "." ? "." : "..";
  const at = (format: string, extension: string) =>
    `${up}${format.slice(1)}/${clientEntries[entry]}${extension}`;
  return { main: at(cjs, ".js"), module: at(esm, ".js"), types: at(cjs, ".d.ts") };
}
