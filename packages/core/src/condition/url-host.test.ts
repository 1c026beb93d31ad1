import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { urlHost } from "./url-host.ts";

describe("the host of a URL", () => {
  it.each([
    ["https://acme.com", "acme.com"],
    ["HTTPS://API.Acme.COM:443/a/b?c=d#e", "api.acme.com"],
    ["http://localhost:3000", "localhost"],
    ["wss://acme.com/socket", "acme.com"],
    ["https://acme.com?next=https://evil.io", "acme.com"],
    ["https://acme.com#@evil.io", "acme.com"],
    ["https://acme.com/@evil.io", "acme.com"],
    ["https://xn--bcher-kva.example/", "xn--bcher-kva.example"],
    ["https://10.0.0.1/", "10.0.0.1"],
    ["http://[::1]:8080/", "::1"],
    ["http://[0:0:0:0:0:0:0:1]/", "::1"],
    ["http://[2001:DB8:0:0:1:0:0:1]/", "2001:db8::1:0:0:1"],
    ["http://[::ffff:127.0.0.1]/", "127.0.0.1"],
    ["http://[::ffff:7f00:1]/", "127.0.0.1"],
    ["https://ja.example/日本", "ja.example"],
  ])("%s is %s", (url, host) => {
    expect(urlHost(url)).toBe(host);
  });

  it.each([
    ["a user name", "https://acme.com@evil.io/"],
    ["a user name and a password", "https://acme.com:443@evil.io/"],
    ["an escaped @", "https://acme.com%40evil.io/"],
    ["a backslash", "https://acme.com\\@evil.io/"],
    ["a backslash in place of a slash", "https:\\\\acme.com/"],
    ["a backslash in the path", "https://acme.com/a\\b"],
    ["a tab", "https://ac\tme.com/"],
    ["a line break", "https://acme.com\n.evil.io/"],
    ["a line break in the path", "https://acme.com/a\r\nHost: evil.io"],
    ["a blank before it", " https://acme.com/"],
    ["a NUL", "https://acme.com\0.evil.io/"],
    ["a soft hyphen", "https://ac\u00ADme.com/"],
    ["a full-width dot", "https://acme\uFF0Ecom/"],
    ["a half-width ideographic full stop", "https://acme\uFF61com/"],
    ["a character that folds to a/c", "https://evil.io\u2100.acme.com/"],
    ["a full-width at sign", "https://acme.com\uFF20evil.io/"],
    ["an empty user name", "https://@acme.com/"],
    ["a user name with a bracket", "https://[::1]@evil.io/"],
    ["a semicolon", "https://acme.com;evil.io/"],
    ["a comma", "https://acme.com,evil.io/"],
    ["a right-to-left override", "https://acme.com/\u202Eoi.live"],
    ["an escaped zone", "http://[fe80::1%25en0]:80/"],
    ["a zone", "http://[fe80::1%en0]/"],
    ["octal IPv4 within IPv6", "http://[::ffff:0177.0.0.1]/"],
    ["full-width digits", "http://１27.0.0.1/"],
    ["a drive", "C:\\acme.com"],
    ["a UNC path", "\\\\acme.com\\share"],
    ["another scheme in front", "jar:https://acme.com/"],
    ["an ideographic full stop", "https://acme\u3002com/"],
    ["a full-width slash", "https://acme.com\uFF0F@evil.io/"],
    ["a letter that looks alike", "https://аcme.com/"],
    ["a capital sharp s", "https://stra\u1E9Ee.de/"],
    ["a trailing dot", "https://acme.com./"],
    ["an empty label", "https://acme..com/"],
    ["an underscore", "https://ac_me.com/"],
    ["a percent sign", "https://acme%2ecom/"],
    ["shortened IPv4", "http://127.1/"],
    ["IPv4 as one number", "http://2130706433/"],
    ["octal IPv4", "http://0177.0.0.1/"],
    ["hexadecimal IPv4", "http://0x7f.0.0.1/"],
    ["IPv4 as one hexadecimal number", "http://0x7f000001/"],
    ["IPv4 with a last part in hexadecimal", "http://127.0.0.0x1/"],
    ["IPv4 with leading zeros", "http://127.000.000.001/"],
    ["IPv4 beyond 255", "http://127.0.0.256/"],
    ["five parts", "http://1.127.0.0.1/"],
    ["IPv6 with a zone", "http://[fe80::1%25eth0]/"],
    ["IPv6 without brackets", "http://::1/"],
    ["IPv4 in brackets", "http://[127.0.0.1]/"],
    ["a broken IPv6", "http://[1::2::3]/"],
    ["an empty port", "https://acme.com:/"],
    ["a port beyond 65535", "https://acme.com:65536/"],
    ["a port with a sign", "https://acme.com:+80/"],
    ["two ports", "https://acme.com:80:80/"],
    ["one slash", "https:/acme.com/"],
    ["three slashes", "https:///acme.com/"],
    ["no scheme", "//acme.com/"],
    ["no slashes", "https:acme.com"],
    ["another scheme", "file://acme.com/"],
    ["a script", "javascript://acme.com/%0aalert(1)"],
    ["no host", "https://"],
    ["a relative URL", "/acme.com"],
    ["nothing", ""],
    ["a URL over 8,192 characters", `https://acme.com/${"a".repeat(8192)}`],
  ])("%s is unknown: %j", (_, url) => {
    expect(urlHost(url)).toBeUndefined();
  });

  it("never names another host than the platform's own parser does", () => {
    const piece = fc.constantFrom(
      ..."http:// https:// acme.com evil.io @ : / \\ ? # . .. % %2e 0x7f 127.0.0.1 [::1] [ ] ::ffff:1.2.3.4 80".split(
        " ",
      ),
      ..." \t\n\u3002ａ",
      "xn--bcher-kva.de",
      "ACME.com",
    );
    const url = fc.array(piece, { maxLength: 8 }).map((pieces) => `https://${pieces.join("")}`);
    fc.assert(
      fc.property(url, (text) => {
        const host = urlHost(text);
        if (host === undefined) return;
        const known = new URL(text).hostname.replace(/^\[|\]$/g, "");
        expect([host, ...(/^\d/.test(host) ? [] : [known])]).toContain(known.startsWith("::ffff:") ? host : known);
      }),
      { numRuns: 5000 },
    );
  });
});
