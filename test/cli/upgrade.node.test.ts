// An operator's upgrade from one version to the next, with git, the real wrangler and the set-up.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { wranglerEnvironment } from "../../src/cli/wrangler.ts";
import { deploymentFlags, Operator } from "./operator.ts";
import { ProjectCopy } from "./project-copy.ts";

const run = promisify(execFile);

/** Runs git without the developer's own settings. */
async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@shop.test"];
  const env = { PATH: process.env.PATH, HOME: directory, GIT_CONFIG_NOSYSTEM: "1" };
  return (await run("git", [...identity, ...args], { cwd: directory, env })).stdout;
}

/** Creates the operator's clone. Returns a function that makes the next version upstream. */
async function clone(operator: Operator) {
  const { directory } = operator.copy;
  await operator.copy.write(
    ".gitignore",
    "node_modules\ndist\n.dev.vars\n.secrets.*\ncloudflare.json\n",
  );
  await git(directory, "init", "--quiet", "--initial-branch=main");
  await git(directory, "add", ".");
  await git(directory, "commit", "--quiet", "-m", "one version");
  const upstream = await mkdtemp(join(tmpdir(), "phonegate-upstream-"));
  onTestFinished(() => rm(upstream, { recursive: true, force: true }));
  await git(upstream, "clone", "--quiet", directory, ".");
  await git(directory, "remote", "add", "origin", upstream);
  return async (change: (toml: string) => string) => {
    const toml = change(await operator.copy.read("wrangler.toml"));
    await ProjectCopy.at(upstream).write("wrangler.toml", toml);
    await git(upstream, "commit", "--quiet", "-am", "the next version");
  };
}

describe("an upgrade", () => {
  it("pulls without a conflict, keeps every setting, and deploys them with the new version", async () => {
    const operator = await Operator.atClone();
    const release = await clone(operator);
    const set = await operator.setup([...deploymentFlags, "--region=ie1"]);
    expect([set.exitCode, set.stderr]).toEqual([0, ""]);
    const settings = await operator.copy.read("deployment.vars");
    // The next version adds a setting after each setting of the set-up.
    await release((toml) =>
      toml.replaceAll(/^(ISSUER|ALLOWED_COUNTRIES|TWILIO_REGION) = ""$/gm, '$1 = ""\nNEW_$1 = ""'),
    );
    await git(operator.copy.directory, "pull", "--quiet", "origin", "main");
    expect(await operator.copy.read("wrangler.toml")).toContain('NEW_TWILIO_REGION = ""');
    expect(await operator.copy.read("deployment.vars")).toBe(settings);
    expect(await git(operator.copy.directory, "status", "--porcelain")).toBe(
      "?? deployment.vars\n",
    );
    // Restores wrangler.toml, because the Worker does not know the added names.
    await git(operator.copy.directory, "checkout", "--quiet", "HEAD~1", "--", "wrangler.toml");
    const deploy = await operator.run("deploy", []);
    expect([deploy.exitCode, deploy.stderr]).toEqual([0, ""]);
    const last = (await operator.cloudflare()).calls.at(-1);
    expect(last).toContain("--var ISSUER:https://auth.shop.test");
    expect(last).toContain("--var TWILIO_REGION:ie1");
    const head = (await git(operator.copy.directory, "rev-parse", "HEAD")).trim();
    expect(last).toContain(`"commit":"${head}+changes"`);
  });
});

describe("deployment.toml", () => {
  const own =
    'name = "shop-auth"\nworkers_dev = false\n[[routes]]\npattern = "auth.shop.test"\ncustom_domain = true\n';

  it("overrides the deployment's own keys of wrangler.toml", async () => {
    const operator = await Operator.create();
    await operator.copy.write("deployment.toml", own);
    const set = await operator.setup(deploymentFlags);
    expect([set.exitCode, set.stderr]).toEqual([0, ""]);
    const { rows } = await operator.rows(["--production"]);
    expect(rows.find(({ name }) => name === "workers_dev")?.status).toBe("ok");
    const deploy = await operator.run("deploy", []);
    expect([deploy.exitCode, deploy.stderr]).toEqual([0, ""]);
    const { calls } = await operator.cloudflare();
    expect(calls.at(-1)).toContain("deploy --config wrangler.deployment.json --minify --var ");
    expect(calls).toContain("secret list --name shop-auth");
    expect(calls).toContain("secret bulk --name shop-auth");
    const config = JSON.parse(await operator.copy.read("wrangler.deployment.json")) as object;
    expect(config).toMatchObject({
      name: "shop-auth",
      main: "src/index.ts",
      workers_dev: false,
      routes: [{ pattern: "auth.shop.test", custom_domain: true }],
      migrations: [{ tag: "v1" }, { tag: "v2" }],
    });
  });

  it.each([
    ['[vars]\nISSUER = "https://auth.shop.test"\n', /vars.*deployment\.vars/],
    ['main = "other.ts"\n', /a version of Phonegate sets main/],
    ['[[migrations]]\ntag = "v9"\n', /a version of Phonegate sets migrations/],
    ["name = ", /deployment\.toml is not valid TOML/],
  ])("refuses %j", async (toml, expected) => {
    const operator = await Operator.create();
    await operator.copy.write("deployment.toml", toml);
    for (const refused of [
      await operator.run("deploy", []),
      await operator.run("doctor", ["--production"]),
      await operator.setup(deploymentFlags),
    ]) {
      expect(refused.exitCode).toBeGreaterThan(0);
      expect(refused.stderr).toMatch(expected);
    }
    expect((await operator.cloudflare()).calls).toEqual([]);
  });
});

describe("wrangler itself", () => {
  it("refuses a plain deploy if there is a deployment.vars, and gets the settings from npm run build", async () => {
    const copy = await ProjectCopy.create();
    const wrangler = join(
      createRequire(import.meta.url).resolve("wrangler/package.json"),
      "../bin/wrangler.js",
    );
    const dryRun = [wrangler, "deploy", "--dry-run", "--env="];
    const env = { ...wranglerEnvironment(), PHONEGATE_DEPLOY: undefined };
    const deploy = () => run(process.execPath, dryRun, { cwd: copy.directory, env });
    await expect(deploy()).resolves.toMatchObject({
      stdout: expect.stringContaining("env.ISSUER"),
    });
    await copy.write(
      "deployment.vars",
      "ISSUER=https://auth.shop.test:8443\nAPP_NAME='The shop'\n",
    );
    await expect(deploy()).rejects.toMatchObject({
      stdout: expect.stringContaining(
        "Use `npm run deploy`: plain wrangler leaves out deployment.vars and deployment.toml.",
      ),
    });
    const script = join(copy.directory, "src", "cli", "build-command.ts");
    const built = await run(process.execPath, [script], { cwd: copy.directory, env });
    // wrangler hides the values of --var.
    for (const name of ["ISSUER", "APP_NAME"])
      expect(built.stdout).toContain(`env.${name} ("(hidden)")`);
    expect(built.stdout).toContain('env.AUDIENCE ("")');
    await copy.write(
      "deployment.toml",
      '[[analytics_engine_datasets]]\nbinding = "METRICS"\ndataset = "shop"\n',
    );
    const measured = await run(process.execPath, [script], { cwd: copy.directory, env });
    expect(measured.stdout).toMatch(/env\.METRICS \(shop\)/);
    expect(measured.stdout).toContain("env.PHONE_LEDGER (PhoneLedger)");
  });
});
