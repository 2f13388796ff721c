// The commands of the pages that a newcomer tries, typed as they stand there, against `npm start`.
// Only what is the reader's own is put in: ports, ids, tokens, the code and the service key.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { devVarsText } from "../../src/cli/dev-vars.ts";
import { createFreshKeys } from "../../src/cli/keys.ts";
import { createServiceKey, servicePurposes } from "../../src/cli/service-key.ts";
import { ProjectCopy } from "./project-copy.ts";
import { freePorts, Started } from "./started.ts";

const root = join(import.meta.dirname, "../..");
const block = /```sh\n([^]*?)```(?:\n```(\w*)\n([^]*?)```)?/g;

interface Step {
  readonly command: string;
  /** The answer that the page shows below the command, if it shows one. */
  readonly shown: string | undefined;
}

/** The commands of a page that call the running Worker, in their order. */
const stepsOf = (page: string): Step[] =>
  [...readFileSync(join(root, page), "utf8").matchAll(block)]
    .map(([, command = "", , shown]) => ({ command, shown: shown?.trim() }))
    .filter(({ command }) => /^curl|^node/.test(command));

/** `npm start`, with a service key of a backend that signs its users in. */
async function startWithKey() {
  const copy = await ProjectCopy.create();
  const ports = await freePorts();
  const twin = `http://127.0.0.1:${ports.TWIN_PORT}`;
  const { key, entry } = createServiceKey("my-backend", servicePurposes, ["introspect"]);
  const settings = devVarsText(await createFreshKeys(), twin);
  const withKey = settings.replace(/^SERVICE_KEYS=.*$/m, `SERVICE_KEYS=${JSON.stringify([entry])}`);
  await copy.write(".dev.vars", withKey);
  await new Started(copy, { env: ports }).waitForOutput("Ctrl-C stops both.");
  return { directory: copy.directory, worker: `http://127.0.0.1:${ports.PORT}`, twin, key };
}

/** Types each command of a page, and returns what it printed. */
async function answersOf(page: string): Promise<(Step & { printed: string })[]> {
  const { directory, worker, twin, key } = await startWithKey();
  const known: Record<string, string> = {};
  const answers: (Step & { printed: string })[] = [];
  for (const step of stepsOf(page)) {
    const inbox = await fetch(`${twin}/inbox.json?to=+12015550123`);
    const [newest]: { code: string }[] = await inbox.json();
    const typed = step.command
      .replaceAll("http://127.0.0.1:8787", worker)
      .replaceAll("https://id.example.com", worker)
      .replaceAll("http://127.0.0.1:8788", twin)
      .replaceAll(/vrf_[\w-]*…/g, known.id ?? "vrf_none")
      .replaceAll(/eyJ[\w-]*…/g, known.access_token ?? "none")
      .replaceAll(/rt_[\w-]*…/g, known.refresh_token ?? "rt_none")
      .replaceAll("sk_…", key)
      .replaceAll(/"code":"(?!000000)\d+"/g, `"code":"${newest?.code ?? "000000"}"`);
    const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
    const { stdout } = await promisify(execFile)("bash", ["-euc", typed], {
      cwd: directory,
      env: { PATH: path, HOME: directory },
    });
    if (stdout.startsWith("{") && stdout.endsWith("}")) Object.assign(known, JSON.parse(stdout));
    answers.push({ ...step, printed: stdout.trim() });
  }
  return answers;
}

/** The members of an answer, or the answer itself where it is no JSON. */
function formOf(answer: string): unknown {
  if (!/^[[{]"/.test(answer) && !answer.startsWith("[{"))
    return answer.replaceAll(/usr_\S+/g, "usr_");
  const value: unknown = JSON.parse(answer);
  return Array.isArray(value) ? value.map((one) => Object.keys(one)) : Object.keys(value as object);
}

describe("each command works, and answers what stands below it, in", () => {
  it.each(["README.md", "docs/quickstart.md"])("%s", async (page) => {
    const answers = await answersOf(page);
    expect(answers.length).toBeGreaterThan(3);
    for (const { command, shown, printed } of answers) {
      // A decoded token is printed by Node, in Node's own form.
      const isDecoded = shown?.startsWith("{\n") ?? true;
      if (!isDecoded) expect([command, formOf(printed)]).toEqual([command, formOf(shown ?? "")]);
      else if (shown !== undefined)
        expect(printed.match(/^ {2}\w+/gm)).toEqual(shown.match(/^ {2}\w+/gm));
      else expect(printed).not.toContain("/problems/");
    }
  });

  it("docs/no-code.md", async () => {
    const printed = (await answersOf("docs/no-code.md")).map(
      (answer) => JSON.parse(answer.printed) as Record<string, unknown>,
    );
    expect(printed).toEqual([
      expect.objectContaining({ status: "pending", purpose: "sign_in" }),
      expect.objectContaining({ status: "approved", subject: "user-42" }),
      expect.objectContaining({ active: true, token_type: "Bearer", sub: "user-42" }),
      expect.objectContaining({ subject: "user-42", acr: "aal1" }),
    ]);
  });
});
