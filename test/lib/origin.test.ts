import { describe, expect, it } from "vitest";
import { isAppOrigin, isLocalName, isLoopback, parseOrigin } from "../../src/lib/origin.ts";

describe("an origin", () => {
  it.each([
    "",
    "example.com",
    "null",
    "*",
    "https://*",
    "https://*.example.com",
    "https://example.com/",
    "https://example.com/path",
    "https://example.com?q",
    "https://example.com#f",
    "https://user@example.com",
    "https://user:password@example.com",
    "https://EXAMPLE.com",
    "HTTPS://example.com",
    "https://example.com:443",
    "https://exämple.com",
    " https://example.com",
    "https://example.com\n",
    "https:example.com",
    "https:\\\\example.com",
    "ftp://example.com",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "blob:https://example.com",
    "http://127.1:8788",
    "http://2130706433",
    "http://0x7f.1",
  ])("%j is not an exact origin", (text) => {
    expect(parseOrigin(text)).toBeUndefined();
  });

  it.each([
    "https://example.com",
    "https://example.com:8443",
    "http://127.0.0.1:8788",
    "http://[::1]:8788",
    "https://xn--exmple-cua.com",
  ])("%s is an origin", (text) => {
    expect(parseOrigin(text)?.origin).toBe(text);
  });
});

describe("this machine", () => {
  it.each([
    "http://127.0.0.1@evil.example",
    "http://evil.example#127.0.0.1",
    "http://evil.example/127.0.0.1",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://evil-localhost",
    "http://localhost.",
    "http://0.0.0.0",
    "http://[::]",
    "http://[::ffff:8.8.8.8]",
    "http://[::ffff:127.0.0.1]",
    "http://[::1:1]",
    "http://128.0.0.1",
    "http://10.0.0.1",
  ])("is not %s", (url) => {
    expect(isLoopback(new URL(url))).toBe(false);
  });

  it.each([
    "http://localhost:8788",
    "http://LOCALHOST",
    "http://127.0.0.1",
    "http://127.255.255.254",
    "http://127.1",
    "http://2130706433",
    "http://[::1]",
    "http://[0:0:0:0:0:0:0:1]",
  ])("is %s", (url) => {
    expect(isLoopback(new URL(url))).toBe(true);
  });
});

describe("the origin of an app's shell", () => {
  it.each([
    "capacitor://localhost",
    "ionic://localhost",
    "tauri://localhost",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "moz-extension://0f1e2d3c-1111-4222-8333-444455556666",
    "safari-web-extension://0F1E2D3C-1111-4222-8333-444455556666",
    "app://.",
    "com.example.app://localhost",
  ])("is %s", (text) => {
    expect(isAppOrigin(text)).toBe(true);
  });

  it.each([
    "",
    "null",
    "*",
    "capacitor",
    "capacitor://",
    "capacitor:///localhost",
    "capacitor://*",
    "capacitor://*.localhost",
    "capacitor://localhost/",
    "capacitor://localhost/x",
    "capacitor://localhost?q",
    "capacitor://localhost#f",
    "capacitor://localhost:8100",
    "capacitor://u@localhost",
    "capacitor://localhost\n",
    " capacitor://localhost",
    "Capacitor://localhost",
    "1app://localhost",
    "http://localhost",
    "https://example.com",
    "file://localhost",
    "ftp://example.com",
    "ws://example.com",
    "wss://example.com",
    "data://x",
    "blob://x",
    "javascript://x",
  ])("is not %j", (text) => {
    expect(isAppOrigin(text)).toBe(false);
  });
});

describe("a local name", () => {
  it.each(["http://tauri.localhost", "http://localhost:8100", "http://127.0.0.1"])(
    "is %s",
    (url) => {
      expect(isLocalName(new URL(url))).toBe(true);
    },
  );

  it.each(["http://localhost.evil.example", "http://evillocalhost", "http://tauri.localhost.com"])(
    "is not %s",
    (url) => {
      expect(isLocalName(new URL(url))).toBe(false);
    },
  );
});
