// From one version to the next, as an operator does it: with git, the real wrangler, and the set-up.
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

/** Git without the developer's own settings. */
async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@shop.test"];
  const env = { PATH: process.env.PATH, HOME: directory, GIT_CONFIG_NOSYSTEM: "1" };
  return (await run("git", [...identity, ...args], { cwd: directory, env })).stdout;
}

/** The operator's clone, and a function by which upstream makes its next version. */
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
    // Beside each setting that the set-up wrote, as a version that brings new ones does.
    await release((toml) =>
      toml.replaceAll(/^(ISSUER|ALLOWED_COUNTRIES|TWILIO_REGION) = ""$/gm, '$1 = ""\nNEW_$1 = ""'),
    );
    await git(operator.copy.directory, "pull", "--quiet", "origin", "main");
    expect(await operator.copy.read("wrangler.toml")).toContain('NEW_TWILIO_REGION = ""');
    expect(await operator.copy.read("deployment.vars")).toBe(settings);
    expect(await git(operator.copy.directory, "status", "--porcelain")).toBe(
      "?? deployment.vars\n",
    );
    // The same wrangler.toml as upstream's, but for the names that no version knows.
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

  it("goes over wrangler.toml for all that is the deployment's own", async () => {
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
    ['main = "other.ts"\n', /main belongs to the version/],
    ['[[migrations]]\ntag = "v9"\n', /migrations belongs to the version/],
    ["name = ", /deployment\.toml is not TOML/],
  ])("refuses %j", async (toml, told) => {
    const operator = await Operator.create();
    await operator.copy.write("deployment.toml", toml);
    for (const refused of [
      await operator.run("deploy", []),
      await operator.run("doctor", ["--production"]),
      await operator.setup(deploymentFlags),
    ]) {
      expect(refused.exitCode).toBeGreaterThan(0);
      expect(refused.stderr).toMatch(told);
    }
    expect((await operator.cloudflare()).calls).toEqual([]);
  });
});

describe("wrangler itself", () => {
  it("refuses to deploy without deployment.vars, and gets its settings from our tools", async () => {
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
    // wrangler hides what comes by --var.
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
