import { describe, expect, it } from "vitest";
import { isPrivateHost } from "../../src/lib/private-host.ts";

const of = (host: string) => isPrivateHost(new URL(`https://${host}/`));

describe("a host of a private network", () => {
  it.each([
    "localhost",
    "localhost.",
    "LOCALHOST",
    "app.localhost",
    "printer.local",
    "metadata.google.internal",
    "router.lan",
    "nas.home.arpa",
    "intranet",
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "2130706433",
    "0177.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:8.8.8.8]",
    "[::7f00:1]",
    "[64:ff9b::10.0.0.1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[fe80::1]",
    "[ff02::1]",
    "[2002:a00:1::]",
    "[2001::1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
  ])("%s is known", (host) => {
    expect(of(host)).toBe(true);
  });

  it.each([
    "example.com",
    "example.com.",
    "local.example.com",
    "internal-tools.example",
    "10.example.com",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.0.1",
    "172.32.0.1",
    "192.167.1.1",
    "223.255.255.255",
    "[2606:4700::1111]",
    "[2001:db9::1]",
    "[2a00:1450::1]",
  ])("is not %s", (host) => {
    expect(of(host)).toBe(false);
  });
});
