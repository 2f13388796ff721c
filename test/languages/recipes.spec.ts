// Runs the recipes for backends in other languages with their own libraries. The tokens are real,
// and the JWKS comes over HTTP.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createIssuer, newKey, unsigned, type IssuerKey } from "../client/issuer.ts";

const root = join(import.meta.dirname, "../..");
/** The folder into which `install.sh` unpacked Go's libraries. */
const goLibraries = process.env.GO_LIBRARIES ?? "/tmp/phonegate-go-libraries";
const run = promisify(execFile);

interface Recipe {
  readonly file: string;
  /**
   * A program that is written beside the recipe. For each line with a token, it prints the subject
   * or `refused`.
   */
  readonly driver: readonly [name: string, text: string];
  /** Prepares the recipe and resolves to the command that runs it. */
  readonly prepare: (folder: string) => Promise<readonly string[]>;
}

const python: Recipe = {
  file: "python/phonegate.py",
  driver: [
    "main.py",
    `import sys, jwt, phonegate
for line in sys.stdin.read().splitlines():
    try:
        print(phonegate.subject_of(line))
    except jwt.PyJWTError:
        print("refused")
`,
  ],
  // Debian's Python packages work only with Debian's Python.
  prepare: async () => ["/usr/bin/python3", "main.py"],
};

const go: Recipe = {
  file: "go/phonegate.go",
  driver: [
    "main.go",
    `package main
import ("bufio"; "context"; "fmt"; "os")
func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if subject, err := subjectOf(context.Background(), lines.Text()); err != nil { fmt.Println("refused") } else { fmt.Println(subject) }
	}
}
`,
  ],
  async prepare(folder) {
    const gopath = join(folder, "gopath");
    await cp(goLibraries, gopath, { recursive: true });
    // Debian has version 2 of the library. These calls are the same there, and the package is at
    // the root.
    const library = join(gopath, "src/github.com/coreos/go-oidc");
    await cp(library, join(folder, "oidc"), { recursive: true });
    await mkdir(join(library, "v3"), { recursive: true });
    await cp(join(folder, "oidc"), join(library, "v3/oidc"), { recursive: true });
    await rm(join(folder, "oidc"), { recursive: true });
    const env = {
      ...process.env,
      GOPATH: gopath,
      GO111MODULE: "off",
      GOCACHE: join(folder, "cache"),
    };
    await run("go", ["build", "-o", "main", "main.go", "phonegate.go"], { cwd: folder, env });
    return ["./main"];
  },
};

const java: Recipe = {
  file: "java/Phonegate.java",
  driver: [
    "Main.java",
    `import java.util.Scanner;
class Main {
  public static void main(String[] none) {
    for (Scanner lines = new Scanner(System.in); lines.hasNextLine();) {
      try { System.out.println(Phonegate.subjectOf(lines.nextLine())); }
      catch (Exception refused) { System.out.println("refused"); }
    }
  }
}
`,
  ],
  async prepare(folder) {
    const classpath = `/usr/share/java/*:${folder}`;
    await run("javac", ["-cp", classpath, "Main.java", "Phonegate.java"], { cwd: folder });
    return ["java", "-cp", classpath, "Main"];
  },
};

const now = Math.floor(Date.now() / 1000);
const issuer = await createIssuer();
const jwks = createServer((_request, response) => {
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ keys: issuer.published }));
});
let iss = "";
let other: IssuerKey;
beforeAll(async () => {
  jwks.listen(0, "127.0.0.1");
  await once(jwks, "listening");
  const address = jwks.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  iss = `http://127.0.0.1:${address.port}`;
  other = await newKey("key-1");
});
afterAll(() => void jwks.close());

/** Resolves to the tokens, with the line that each recipe must print for them. */
async function tokens(): Promise<
  readonly (readonly [what: string, token: string, says: string])[]
> {
  const claims = { iss, aud: iss, iat: now, exp: now + 600, auth_time: now };
  const access = (more: object = {}) => issuer.accessToken({ claims: { ...claims, ...more } });
  const good = await access();
  const [header = "", body = "", signature = ""] = good.split(".");
  const changed = signature.replace(/^./, (letter) => (letter === "A" ? "B" : "A"));
  return [
    ["an access token", good, "usr_someone"],
    ["another user's", await access({ sub: "user-42" }), "user-42"],
    ["an expired one", await access({ iat: now - 4000, exp: now - 3400 }), "refused"],
    ["one for another audience", await access({ aud: "https://other.example.com" }), "refused"],
    ["one of another issuer", await access({ iss: "https://other.example.com" }), "refused"],
    ["a proof", await issuer.proofToken({ claims: { ...claims } }), "refused"],
    ["one with another signature", [header, body, changed].join("."), "refused"],
    ["one by another key", await issuer.accessToken({ claims, key: other }), "refused"],
    ["one without a signature", unsigned({ alg: "none", typ: "at+jwt" }, claims, ""), "refused"],
    ["what is no token", "a.b.c", "refused"],
    ["nothing at all", "x", "refused"],
  ];
}

describe.each([
  ["Python", python],
  ["Go", go],
  ["Java", java],
])("the recipe in %s", (_language, { file, driver: [name, text], prepare }) => {
  it("accepts access tokens that the JWKS verifies, and no other tokens", async () => {
    const folder = await mkdtemp(join(tmpdir(), "phonegate-recipe-"));
    try {
      const source = await readFile(join(root, "test/examples", file), "utf8");
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(
        join(folder, file.replace(/^.*\//, "")),
        source.replaceAll("http://127.0.0.1:8787", iss),
      );
      await writeFile(join(folder, name), text);
      const [program = "", ...args] = await prepare(folder);
      const all = await tokens();
      const running = run(program, args, { cwd: folder });
      running.child.stdin?.end(all.map(([, token]) => `${token}\n`).join(""));
      const output = (await running).stdout.trimEnd().split("\n");
      expect(all.map(([what], index) => `${what}: ${output[index]}`)).toEqual(
        all.map(([what, , says]) => `${what}: ${says}`),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
