import { expect, onTestFinished } from "vitest";
import {
  TWIN_ACCOUNT_SID,
  TWIN_API_KEY_SECRET,
  TWIN_API_KEY_SID,
  TWIN_AUTH_TOKEN,
} from "../../src/twin/seed.ts";
import { runCommand } from "../../src/cli/command.ts";
import { main as deploy } from "../../src/cli/deploy-command.ts";
import { main as doctor } from "../../src/cli/doctor/doctor-command.ts";
import { main as setup } from "../../src/cli/setup/setup-command.ts";
import { createTwin } from "../../src/twin/twin.ts";
import { listen } from "../twin/sdk-loopback.ts";
import {
  emptyCloudflare,
  fakeWrangler,
  wranglerInProcess,
  type FakeCloudflare,
} from "./fake-wrangler.ts";
import { ProjectCopy } from "./project-copy.ts";

export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const byToken = { TWILIO_ACCOUNT_SID: TWIN_ACCOUNT_SID, TWILIO_AUTH_TOKEN: TWIN_AUTH_TOKEN };
export const byApiKey = {
  TWILIO_ACCOUNT_SID: TWIN_ACCOUNT_SID,
  TWILIO_API_KEY_SID: TWIN_API_KEY_SID,
  TWILIO_API_KEY_SECRET: TWIN_API_KEY_SECRET,
};
/** The answers for a deployment, without the credentials. */
export const deploymentFlags = [
  "--issuer=https://auth.shop.test",
  "--origins=https://www.shop.test",
  "--countries=US,GB",
];

const basic = `Basic ${btoa(`${TWIN_ACCOUNT_SID}:${TWIN_AUTH_TOKEN}`)}`;

const commands = { setup, doctor, deploy } as const;

type Env = Readonly<Record<string, string>>;

/** An operator with a clone of the project, the real twin behind a socket, and a fake wrangler. */
export class Operator {
  readonly copy: ProjectCopy;
  readonly twinOrigin: string;
  /** All output of all commands, to search it for secrets. */
  printed = "";

  private constructor(copy: ProjectCopy, twinOrigin: string) {
    this.copy = copy;
    this.twinOrigin = twinOrigin;
  }

  /**
   * Creates an operator with only the files that the commands read. The commands run in the test's
   * process.
   */
  static async create(cloudflare: Partial<FakeCloudflare> = {}): Promise<Operator> {
    return Operator.#at(await ProjectCopy.ofSettings(), cloudflare);
  }

  /** Creates an operator with a whole clone, whose scripts can be started. */
  static async atClone(cloudflare: Partial<FakeCloudflare> = {}): Promise<Operator> {
    const packages = ["jose", "valibot", "libphonenumber-js", "smol-toml", "@clack"];
    return Operator.#at(await ProjectCopy.withStandIn(fakeWrangler, packages), cloudflare);
  }

  static async #at(copy: ProjectCopy, cloudflare: Partial<FakeCloudflare>): Promise<Operator> {
    await copy.write("cloudflare.json", JSON.stringify({ ...emptyCloudflare, ...cloudflare }));
    const twin = await listen(createTwin({ now: Date.now }));
    onTestFinished(() => twin.close());
    return new Operator(copy, twin.origin);
  }

  /** Runs a command in the test's process, without a terminal. */
  async run(command: keyof typeof commands, args: readonly string[], env: Env = {}): Promise<Run> {
    const { directory } = this.copy;
    let [stdout, stderr] = ["", ""];
    const exitCode = await runCommand(commands[command], args, env, {
      directory,
      canAsk: false,
      hasColours: false,
      say: (text) => (stdout += `${text}\n`),
      complain: (text) => (stderr += `${text}\n`),
      wrangler: wranglerInProcess(directory, (text) => (stdout += text)),
    });
    this.printed += stdout + stderr;
    return { exitCode, stdout, stderr };
  }

  /** Runs `npm run setup` with the twin instead of Twilio. */
  setup(args: readonly string[], env: Readonly<Record<string, string>> = byToken): Promise<Run> {
    return this.run("setup", ["--twilio-base-url", this.twinOrigin, ...args], env);
  }

  async rows(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ exitCode: number | null; rows: Record<string, string>[] }> {
    const run = await this.run("doctor", ["--json", ...args], env);
    const report = JSON.parse(run.stdout) as { rows: Record<string, string>[] };
    return { exitCode: run.exitCode, rows: report.rows };
  }

  async cloudflare(): Promise<FakeCloudflare> {
    return JSON.parse(await this.copy.read("cloudflare.json")) as FakeCloudflare;
  }

  async changeCloudflare(change: Partial<FakeCloudflare>): Promise<void> {
    const next = { ...(await this.cloudflare()), ...change };
    await this.copy.write("cloudflare.json", JSON.stringify(next));
  }

  /** Writes settings to `[vars]` of wrangler.toml, as operators of version 0.1 did. */
  async vars(values: Readonly<Record<string, string>>): Promise<void> {
    let toml = await this.copy.read("wrangler.toml");
    for (const [name, value] of Object.entries(values)) {
      toml = toml.replace(new RegExp(`\n${name} = .*`), "");
      toml = toml.replace("\n[vars]\n", `\n[vars]\n${name} = ${JSON.stringify(value)}\n`);
    }
    await this.copy.write("wrangler.toml", toml);
  }

  async twin(path: string, body: unknown): Promise<void> {
    const response = await fetch(`${this.twinOrigin}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
  }

  /** Creates a Verify service in the operator's account through Twilio's API. */
  async createService(friendlyName: string): Promise<void> {
    const response = await fetch(`${this.twinOrigin}/v2/Services`, {
      method: "POST",
      headers: { Authorization: basic },
      body: new URLSearchParams({ FriendlyName: friendlyName, CodeLength: "6" }),
    });
    expect(response.status).toBe(201);
  }

  async services(): Promise<{ sid: string; friendly_name: string; code_length: number }[]> {
    const response = await fetch(`${this.twinOrigin}/v2/Services`, {
      headers: { Authorization: basic },
    });
    const { services } = (await response.json()) as {
      services: { sid: string; friendly_name: string; code_length: number }[];
    };
    return services;
  }
}
