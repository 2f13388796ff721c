import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientAddress } from "../../src/guard/client-address.ts";

const addressOf = (ip: string) => clientAddress(new Headers({ "CF-Connecting-IP": ip }));

describe("the address under which a caller is counted", () => {
  it("is one shared bucket if the header is missing or empty", () => {
    expect(clientAddress(new Headers())).toBe("unknown");
    expect(addressOf("")).toBe("unknown");
  });

  it("is never taken from a header that a caller can write", () => {
    const others = {
      "X-Forwarded-For": "192.0.2.1",
      "X-Real-IP": "192.0.2.1",
      "True-Client-IP": "192.0.2.1",
      Forwarded: "for=192.0.2.1",
      "CF-Connecting-IPv6": "2001:db8::1",
      "CF-Pseudo-IPv4": "240.0.0.1",
    };
    expect(clientAddress(new Headers(others))).toBe("unknown");
    expect(clientAddress(new Headers({ ...others, "CF-Connecting-IP": "198.51.100.7" }))).toBe(
      "198.51.100.7",
    );
  });

  it.each([
    "garbage",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "1.2.3.-4",
    "01.2.3.4",
    "1.2.3.04",
    "1.2.3.4:80",
    "0x1.2.3.4",
    "1.2.3.4, 5.6.7.8",
    "1.2.3.4/24",
    "16909060",
    "::1%eth0",
    "fe80::1%25eth0",
    "[::1]",
    "::1/64",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    ":::",
    ":1",
    "1:",
    ":1::",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "12345::",
    "g::",
    "::1.2.3",
    "::1.2.3.256",
    "::01.2.3.4",
    "1.2.3.4::",
    "1.2.3.4::1",
    "1.2.3.4:5:6:7:8:9:a",
    "::1.2.3.4:5",
    "1:2:3:4:5:6:7:1.2.3.4",
    `${"0:".repeat(40)}1`,
  ])("is the shared bucket for %j, which is not an address", (ip) => {
    expect(addressOf(ip)).toBe("unknown");
  });

  it("is the shared bucket for digits outside ASCII", () => {
    // workerd accepts such a header, Node does not.
    const headers = new Headers();
    headers.get = () => "1.2.3.٤";
    expect(clientAddress(headers)).toBe("unknown");
  });

  it.each([
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    [" 192.0.2.1 ", "192.0.2.1"],
  ])("is an unchanged IPv4 address: %j", (ip, address) => {
    expect(addressOf(ip)).toBe(address);
  });

  it.each([
    "::ffff:192.0.2.1",
    "::FFFF:192.0.2.1",
    "::ffff:c000:201",
    "0:0:0:0:0:ffff:c000:0201",
    "0000:0000:0000:0000:0000:ffff:192.0.2.1",
    "0::ffff:192.0.2.1",
  ])("is the IPv4 address inside %s", (ip) => {
    expect(addressOf(ip)).toBe("192.0.2.1");
  });

  it.each([
    ["::192.0.2.1", "0:0:0:0::/64"],
    ["::1:ffff:c000:201", "0:0:0:0::/64"],
    ["1::ffff:192.0.2.1", "1:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
  ])("is the /64 of %s, which only resembles a mapped IPv4 address", (ip, address) => {
    expect(addressOf(ip)).toBe(address);
  });

  it.each([
    "2001:db8:0:1::",
    "2001:db8:0:1::1",
    "2001:0DB8:0000:0001:ffff:ffff:ffff:ffff",
    "2001:db8::1:0:0:0:1",
    "2001:db8:0:1:0:0:192.0.2.1",
  ])("is one IPv6 /64: %s", (ip) => {
    expect(addressOf(ip)).toBe("2001:db8:0:1::/64");
  });

  const group = fc.integer({ min: 0, max: 0xffff });
  const network = fc.array(group, { minLength: 4, maxLength: 4 });
  const host = fc.array(group, { minLength: 4, maxLength: 4 });
  const isMapped = (groups: number[]) =>
    groups.slice(0, 5).every((each) => each === 0) && groups[5] === 0xffff;

  /** Returns one of the many spellings of eight groups. */
  const spelled = (
    groups: number[],
    style: { padded: boolean; upper: boolean; short: boolean },
  ) => {
    const written = groups.map((each) => each.toString(16).padStart(style.padded ? 4 : 1, "0"));
    let text = written.join(":");
    // `::` replaces a group of zeros (RFC 4291 §2.2), here the first one.
    const zero = groups.indexOf(0);
    if (style.short && zero >= 0)
      text = `${written.slice(0, zero).join(":")}::${written.slice(zero + 1).join(":")}`;
    return style.upper ? text.toUpperCase() : text;
  };
  const style = fc.record({ padded: fc.boolean(), upper: fc.boolean(), short: fc.boolean() });

  it("is the same for any two addresses of one /64, in every spelling", () => {
    fc.assert(
      fc.property(network, host, host, style, style, (net, one, two, styleOne, styleTwo) => {
        fc.pre(!isMapped([...net, ...one]) && !isMapped([...net, ...two]));
        const address = addressOf(spelled([...net, ...one], styleOne));
        expect(address).not.toBe("unknown");
        expect(addressOf(spelled([...net, ...two], styleTwo))).toBe(address);
      }),
    );
  });

  it("differs between any two /64s, even by one bit", () => {
    const bit = fc.integer({ min: 0, max: 63 });
    fc.assert(
      fc.property(network, host, bit, style, (net, rest, flipped, how) => {
        const other = net.with(flipped >> 4, (net[flipped >> 4] ?? 0) ^ (1 << (flipped & 15)));
        fc.pre(!isMapped([...net, ...rest]) && !isMapped([...other, ...rest]));
        expect(addressOf(spelled([...net, ...rest], how))).not.toBe(
          addressOf(spelled([...other, ...rest], how)),
        );
      }),
    );
  });

  it("differs between any two IPv4 addresses, and never equals an IPv6 address", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.ipV6(), (one, two, six) => {
        fc.pre(!/ffff/i.test(six));
        expect(addressOf(one) === addressOf(two)).toBe(one === two);
        expect(addressOf(six) === addressOf(one)).toBe(false);
      }),
    );
  });
});
