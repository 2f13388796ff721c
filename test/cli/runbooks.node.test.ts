// Runs the commands of the operator's pages exactly as they are written. Only the reader's own
// values are replaced: the Worker's origin, the key, the sids. The Worker and the twin are real,
// and a fake replaces wrangler.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { devVarsText } from "../../src/cli/dev-vars.ts";
import { createFreshKeys } from "../../src/cli/keys.ts";
import { createServiceKey } from "../../src/cli/service-key.ts";
import { TWIN_ACCOUNT_SID, TWIN_AUTH_TOKEN, TWIN_VERIFY_SERVICE_SID } from "../../src/twin/seed.ts";
import { byToken, deploymentFlags, Operator } from "./operator.ts";
import { ProjectCopy } from "./project-copy.ts";
import { freePorts, Started } from "./started.ts";
import { commandsOf } from "./documented-commands.ts";

/** Commands that the pages only mention. */
const references = ["npm run keys", "npx wrangler deploy"];

/**
 * npm and npx as in a clone. The environment answers the questions of the set-up. The doctor gets
 * the address of the twin, which replaces Twilio.
 */
const shell = `
set -euo pipefail
npx() { shift; node node_modules/wrangler/bin/wrangler.js "$@"; }
npm() {
  [ "$1" = run ] || return 0
  [ "$2" != --silent ] || set -- run "\${@:3}"
  local script; script=$(node -p 'require("./package.json").scripts[process.argv[1]].replace("node ", "")' "$2")
  local also=() given=()
  [ "$2" != doctor ] || also=(--twilio-base-url "$TWIN")
  [ "$2" != setup ] || mapfile -t given <<< "$GIVEN"
  shift 2; [ "\${1:-}" != -- ] || shift
  env "\${given[@]}" node "$script" "$@" "\${also[@]}"
}
curl() { command curl --fail-with-body "$@"; }
`;

interface Place {
  readonly operator: Operator;
  readonly worker: string;
  readonly twin: string;
  readonly key: string;
  /** The verification and the message that the page's commands read. */
  readonly sids?: readonly [verification: string, message: string];
}

/** Replaces the page's example values by the reader's own values. */
function asTyped(command: string, { operator, worker, twin, key, sids }: Place): string {
  // With sids, the commands read from the twin that the Worker uses.
  const twilio = sids === undefined ? operator.twinOrigin : twin;
  return command
    .replaceAll(/(?:VE|SM)…/g, (example) => sids?.[example === "VE…" ? 0 : 1] ?? example)
    .replaceAll("$W/", `${worker}/`)
    .replaceAll("W=https://auth.example.com", `W=${worker}`)
    .replaceAll("http://127.0.0.1:8788", twin)
    .replaceAll(/https:\/\/(?:verify|api)\.twilio\.com/g, twilio)
    .replaceAll("$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN", Object.values(byToken).join(":"))
    .replaceAll("$TWILIO_ACCOUNT_SID/", `${TWIN_ACCOUNT_SID}/`)
    .replaceAll("$K", key)
    .replaceAll("sk_…", key)
    .replaceAll("AC…", TWIN_ACCOUNT_SID)
    .replaceAll("VA…", TWIN_VERIFY_SERVICE_SID)
    .replaceAll("secret put NAME", "secret put TWILIO_AUTH_TOKEN");
}

/** The answers to the questions of the set-up, one line each. */
const answers = (operator: Operator): string =>
  Object.entries({
    ...byToken,
    TWILIO_BASE_URL: operator.twinOrigin,
    ISSUER: "https://auth.shop.test",
    ALLOWED_COUNTRIES: "US",
  })
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");

async function type(command: string, place: Place) {
  const child = spawn("bash", ["-c", `${shell}\n${asTyped(command, place)}`], {
    cwd: place.operator.copy.directory,
    env: {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: place.operator.copy.directory,
      TWIN: place.operator.twinOrigin,
      GIVEN: answers(place.operator),
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(`${TWIN_AUTH_TOKEN}\n`);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  const output = child.exitCode === 0 ? "" : stdout + stderr;
  return { command, exitCode: child.exitCode, output, stdout };
}

async function expectAllWork(page: string, place: Place) {
  const commands = commandsOf(page).filter((command) => !references.includes(command));
  const answersByCommand = new Map<string, string>();
  for (const command of commands) {
    const { stdout, ...ending } = await type(command, place);
    expect(ending).toEqual({ command, exitCode: 0, output: "" });
    answersByCommand.set(command, stdout);
  }
  return answersByCommand;
}

/** Runs `npm start` with a service key that lists `admin`. */
async function running(): Promise<Omit<Place, "operator"> & { started: Started }> {
  const copy = await ProjectCopy.create();
  const ports = await freePorts();
  const twin = `http://127.0.0.1:${ports.TWIN_PORT}`;
  const { key, entry } = createServiceKey("operator", ["two_factor", "transaction", "admin"]);
  const settings = devVarsText(await createFreshKeys(), twin);
  await copy.write(
    ".dev.vars",
    settings.replace(/^SERVICE_KEYS=.*$/m, `SERVICE_KEYS=${JSON.stringify([entry])}`),
  );
  const started = new Started(copy, { env: ports });
  await started.waitForOutput("Ctrl-C stops both.");
  return { worker: `http://127.0.0.1:${ports.PORT}`, twin, key, started };
}

const nowhere = { worker: "http://127.0.0.1:9", twin: "http://127.0.0.1:9", key: "sk_none" };
const git = (directory: string, ...args: readonly string[]) =>
  promisify(execFile)("git", ["-c", "user.name=T", "-c", "user.email=t@shop.test", ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory },
  });

describe("every command works as it is written in", () => {
  it("runbooks.md", async () => {
    const operator = await Operator.atClone();
    expect((await operator.setup(deploymentFlags)).exitCode).toBe(0);
    const place = { operator, ...(await running()) };
    const commands = await expectAllWork("runbooks.md", place);
    expect(commands.size).toBeGreaterThan(10);
    const put = (await operator.cloudflare()).secrets.TWILIO_AUTH_TOKEN;
    expect(put).toBe(TWIN_AUTH_TOKEN);
  });

  it("support.md, for a text that Twilio accepted and that never arrived", async () => {
    const operator = await Operator.atClone();
    expect((await operator.setup(deploymentFlags)).exitCode).toBe(0);
    const { started, ...place } = await running();
    const toWorker = async (path: string, body: object) => {
      const headers = { "content-type": "application/json" };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      expect((await fetch(`${place.worker}${path}`, init)).status).toBe(201);
    };
    await toWorker("/v1/verifications", { to: "+12015552671" });
    // The twin never delivers texts to this number.
    await toWorker("/v1/verifications", { to: "+12015550176" });
    await started.waitForOutput("•0176");
    await operator.copy.write("kept.log", started.output);
    const lines = started.output
      .split("\n")
      .filter((line) => line.includes("verification.started"));
    const [, sid = ""] = /"sid":"(VE[0-9a-f]{32})"/.exec(lines.at(-1) ?? "") ?? [];
    const sent = await fetch(
      `${place.twin}/2010-04-01/Accounts/${TWIN_ACCOUNT_SID}/Messages.json`,
      {
        method: "POST",
        headers: { authorization: `Basic ${btoa(Object.values(byToken).join(":"))}` },
        body: new URLSearchParams({ To: "+12015550195", From: "+12015550193", Body: "123456" }),
      },
    );
    const message = (await sent.json()) as { sid: string };
    const answersByCommand = await expectAllWork("support.md", {
      operator,
      ...place,
      sids: [sid, message.sid],
    });
    const answerTo = (part: string) =>
      [...answersByCommand].find(([command]) => command.includes(part))?.[1] ?? "";
    expect(answerTo("--stdin --search 2671")).toMatch(/verification\.started .*sid=VE[0-9a-f]{32}/);
    expect(answerTo("--stdin --search 2671")).not.toContain("0176");
    expect(answerTo("VerificationSid=VE…")).toMatch(
      /"message_status":"undelivered","error_code":"/,
    );
    expect(answerTo("Messages/SM…")).toMatch(/"error_code":30007/);
    expect(answerTo("subjects/sign-out")).toBe('{"sessions_ended":0}');
    expect(answersByCommand.size).toBeGreaterThan(7);
  });

  it("going-live.md, from nothing to a deployment", async () => {
    const operator = await Operator.atClone();
    await expectAllWork("going-live.md", { operator, ...nowhere });
    const { calls } = await operator.cloudflare();
    expect(calls.filter((call) => /^deploy (?!.*--dry-run)/.test(call)).length).toBeGreaterThan(0);
  });

  it("upgrading.md, in a repository without the project's history", async () => {
    const operator = await Operator.atClone();
    const { directory } = operator.copy;
    await operator.copy.write(".gitignore", "node_modules\ndist\n.*\ncloudflare.json\n");
    const upstream = await mkdtemp(join(tmpdir(), "phonegate-upstream-"));
    onTestFinished(() => rm(upstream, { recursive: true, force: true }));
    for (const args of [
      ["init", "--quiet", "--initial-branch=main"],
      ["add", "."],
      ["commit", "--quiet", "-m", "ours"],
      ["clone", "--quiet", "--bare", ".", upstream],
      ["config", `url.${upstream}.insteadOf`, "https://github.com/phonegate/phonegate.git"],
      ["remote", "add", "origin", upstream],
      ["fetch", "--quiet", "origin"],
      ["branch", "--quiet", "--set-upstream-to=origin/main"],
      ["config", "user.name", "T"],
      ["config", "user.email", "t@shop.test"],
    ])
      await git(directory, ...args);
    expect((await operator.setup(deploymentFlags)).exitCode).toBe(0);
    await git(directory, "add", "deployment.vars");
    await expectAllWork("upgrading.md", { operator, ...(await running()) });
    expect(await operator.copy.read("deployment.vars")).toContain("ISSUER=https://auth.shop.test");
  });
});
