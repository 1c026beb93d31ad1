import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateInputTokens } from "./estimate-input-tokens.ts";

const megabyte = "A".repeat(1_000_000);
const bytes = new Uint8Array(3_000);

describe("the estimate of a prompt's tokens", () => {
  it.each<[string, unknown, number]>([
    ["nothing", [], 0],
    ["a token for three bytes", "abcdef", 2],
    ["rounded up", "abcd", 2],
    ["a script of three bytes a character", "漢字", 2],
    ["a character of four bytes", "😀😀😀", 4],
    ["the names of members", { abc: "def" }, 2],
    ["a schema's numbers and booleans", { abc: true }, 4],
    ["a picture, however large", { type: "file", mediaType: "image/png", data: megabyte }, 5_000],
    ["a picture of LangChain", { type: "image_url", image_url: { url: "https://x.example/a.png" } }, 5_000],
    ["a picture by its type alone", { type: "image", url: "https://x.example/a.png" }, 5_000],
    ["bytes", { abc: bytes }, 1_001],
  ])("%s: %j", (_name, prompt, tokens) => {
    expect(estimateInputTokens(prompt)).toBe(tokens);
  });

  it.each<[string, unknown]>([
    ["a file", { type: "file", mediaType: "application/pdf", data: new URL("https://x.example/a.pdf") }],
    ["a file as text", { type: "file", mediaType: "application/pdf", data: "https://x.example/a.pdf" }],
    ["a file of version 7", { type: "file", mediaType: "audio", data: { type: "url", url: "https://x.example" } }],
    [
      "a file that a provider keeps",
      { type: "file", mediaType: "audio/wav", data: { type: "reference", reference: {} } },
    ],
    ["a file of LangChain", { type: "file", url: "https://x.example/a.pdf" }],
    ["a file of LangChain by its id", { type: "file", source_type: "id", id: "file-1" }],
    ["a video of LangChain", { type: "video", fileId: "file-1", mimeType: "video/mp4" }],
  ])("is unknown for what is given by an address: %s", (_name, part) => {
    expect(estimateInputTokens([{ role: "user", content: [part] }])).toBeUndefined();
  });

  it.each<[string, unknown, number]>([
    ["a file", { type: "file", mediaType: "application/pdf", data: megabyte }, 333_333],
    ["a file of version 7", { type: "file", mediaType: "application/pdf", data: { type: "data", data: bytes } }, 1_000],
    ["a file in its address", { type: "file", url: `data:text/plain,${megabyte}` }, 333_333],
    ["a text", { type: "file", mediaType: "text/plain", data: megabyte }, 333_333],
  ])("counts what is given with its content: %s", (_name, part, least) => {
    expect(estimateInputTokens(part)).toBeGreaterThanOrEqual(least);
    expect(estimateInputTokens(part)).toBeLessThan(least + 40);
  });

  it.each<[string, unknown]>([
    ["the arguments of a call", { type: "tool-call", toolName: "x", input: { type: "image", text: megabyte } }],
    ["the arguments of a call in LangChain", { tool_calls: [{ name: "x", args: { type: "image", text: megabyte } }] }],
    ["a tool's result", { type: "tool-result", output: { type: "json", value: { type: "file", url: megabyte } } }],
  ])(
    "takes nothing in %s for a picture or an address, whatever a model or a tool makes it look like",
    (_name, part) => {
      expect(estimateInputTokens(part)).toBeGreaterThan(333_333);
    },
  );

  it("is unknown for what is too deep, runs in a circle or throws", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    let deep: unknown = "x";
    for (let times = 0; times < 100; times += 1) deep = [deep];
    const hostile = {
      get text(): never {
        throw new Error("hostile");
      },
    };
    expect([circle, deep, hostile].map((prompt) => estimateInputTokens(prompt))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is never below a third of the bytes of any JSON's texts, and never throws", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        let least = 0;
        JSON.stringify(value, (_name, entry: unknown) => {
          least += typeof entry === "string" ? new TextEncoder().encode(entry).length : 0;
          return entry;
        });
        expect(estimateInputTokens({ input: value })).toBeGreaterThanOrEqual(Math.floor(least / 3));
      }),
    );
  });
});
