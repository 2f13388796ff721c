/**
 * Returns the name under which an address is counted: the IPv4 address, the IPv6 /64 network, or
 * `unknown` for all callers without a readable address. One household or server may have a whole /64.
 * Only `CF-Connecting-IP` is read, because callers can forge all other headers.
 */
export function clientAddress(headers: Headers): string {
  const text = headers.get("CF-Connecting-IP")?.trim() ?? "";
  return parseIpv4(text)?.join(".") ?? ipv6Network(text) ?? "unknown";
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part)))
    return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function ipv6Network(text: string): string | undefined {
  const groups = parseIpv6(text);
  if (groups === undefined) return undefined;
  const [, , , , , marker, high = 0, low = 0] = groups;
  // ::ffff:a.b.c.d is an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2).
  if (groups.slice(0, 5).every((group) => group === 0) && marker === 0xffff)
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

/** Returns eight groups of 16 bits (RFC 4291 §2.2). An address with a zone is refused. */
function parseIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (text.length > 45 || halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** Returns the groups between colons. Only the last one of an address may be written as IPv4. */
function parseGroups(text: string, endsAddress: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const ipv4 = endsAddress && index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = ipv4;
      groups.push((a << 8) | b, (c << 8) | d);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
