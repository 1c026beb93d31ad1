import { BlockList, isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIpAddress, parseIpAddress } from "./ip-address.ts";
import { ipInRange } from "./ip-in-range.ts";

describe("whether an IP address lies in a range", () => {
  it.each([
    ["10.1.2.3", "10.0.0.0/8", true],
    ["11.0.0.0", "10.0.0.0/8", false],
    ["10.0.0.1", "10.0.0.1/32", true],
    ["10.0.0.2", "10.0.0.1/32", false],
    ["255.255.255.255", "0.0.0.0/0", true],
    ["172.31.255.255", "172.16.0.0/12", true],
    ["172.32.0.0", "172.16.0.0/12", false],
    ["::ffff:10.1.2.3", "10.0.0.0/8", true],
    ["::ffff:0a01:0203", "10.0.0.0/8", true],
    ["10.1.2.3", "::ffff:10.0.0.0/104", true],
    ["::FFFF:10.1.2.3", "::/0", false],
    ["fd12::1", "fd00::/8", true],
    ["fe80::1", "fd00::/8", false],
    ["::1", "::1/128", true],
    ["0:0:0:0:0:0:0:1", "::1/128", true],
    ["2001:db8::8:800:200c:417a", "2001:db8::/32", true],
    ["::127.0.0.1", "127.0.0.0/8", false],
    ["64:ff9b::127.0.0.1", "127.0.0.0/8", false],
    ["64:ff9b::127.0.0.1", "64:ff9b::/96", true],
    ["0:0:0:0:0:FFFF:10.0.0.1", "10.0.0.0/8", true],
    ["10.0.0.1", "fd00::/8", false],
  ])("%s in %s is %s", (address, range, answer) => {
    expect(ipInRange(address, range)).toBe(answer);
  });

  it.each([
    ["127.1", "10.0.0.0/8"],
    ["2130706433", "10.0.0.0/8"],
    ["0177.0.0.1", "10.0.0.0/8"],
    ["0x7f.0.0.1", "10.0.0.0/8"],
    ["127.0.0.01", "10.0.0.0/8"],
    ["127.0.0.256", "10.0.0.0/8"],
    ["127.0.0.1.", "10.0.0.0/8"],
    [" 127.0.0.1", "10.0.0.0/8"],
    ["１27.0.0.1", "10.0.0.0/8"],
    ["127.0.0.1:80", "10.0.0.0/8"],
    ["[::1]", "::/0"],
    ["fe80::1%eth0", "fe80::/10"],
    ["fe80::1%25eth0", "fe80::/10"],
    ["10.0.0.1%lo", "10.0.0.0/8"],
    ["10.0.0.1\0", "10.0.0.0/8"],
    ["10.0.0.1\n", "10.0.0.0/8"],
    ["10。0。0。1", "10.0.0.0/8"],
    ["10.0.0.0x1", "10.0.0.0/8"],
    ["10.1", "10.0.0.0/8"],
    ["::ffff:10.1", "10.0.0.0/8"],
    ["10.0.0.1/32", "10.0.0.0/8"],
    ["+10.0.0.1", "10.0.0.0/8"],
    ["1::2::3", "::/0"],
    [":::", "::/0"],
    ["1:2:3:4:5:6:7", "::/0"],
    ["1:2:3:4:5:6:7:8:9", "::/0"],
    ["1:2:3:4:5:6:7:8::", "::/0"],
    ["12345::", "::/0"],
    ["::1.2.3", "::/0"],
    ["1.2.3.4::", "::/0"],
    ["::ffff:010.0.0.1", "10.0.0.0/8"],
    ["", "10.0.0.0/8"],
    ["10.0.0.1", "10.0.0.1/8"],
    ["10.0.0.1", "10.0.0.0"],
    ["10.0.0.1", "10.0.0.0/33"],
    ["10.0.0.1", "10.0.0.0/08"],
    ["10.0.0.1", "10.0.0.0/-1"],
    ["10.0.0.1", "10.0.0.0/255.0.0.0"],
    ["10.0.0.1", "10/8"],
    ["10.0.0.1", "::ffff:0.0.0.0/95"],
    ["::1", "::/129"],
  ])("%j in %j is unknown", (address, range) => {
    expect(ipInRange(address, range)).toBeUndefined();
  });

  it("agrees with the platform's own parser and its own ranges", () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(address, fc.nat(32), (text, prefix) => {
        expect(parseIpAddress(text) !== undefined).toBe(isIPv4(text) || isIPv6(text));
        const parsed = parseIpAddress(text);
        if (parsed === undefined) return;
        const range = `${formatIpAddress(parsed)}/${parsed.version === 4 ? 32 : 128}`;
        expect(ipInRange(text, range)).toBe(true);
        if (parsed.version !== 4 || text.includes(":")) return;
        const blocks = new BlockList();
        blocks.addSubnet("10.0.0.0", prefix, "ipv4");
        const mask = prefix < 8 ? undefined : ipInRange(text, `10.0.0.0/${prefix}`);
        expect(mask).toBe(prefix < 8 ? undefined : blocks.check(text));
      }),
      { numRuns: 3000 },
    );
  });

  it("writes an address in one way only", () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const parsed = parseIpAddress(text);
        if (parsed === undefined || parsed.version === 4) return;
        expect(formatIpAddress(parsed)).toBe(new URL(`http://[${text}]/`).hostname.slice(1, -1));
      }),
      { numRuns: 2000 },
    );
  });
});
