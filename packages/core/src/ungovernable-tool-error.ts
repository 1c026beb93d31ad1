/** A tool that would run where its calls cannot be judged. Thrown while wrapping, before any call. */
export class UngovernableToolError extends Error {
  override readonly name = "UngovernableToolError";
  readonly code = "ungovernable_tool";
  readonly toolName: string;

  constructor(toolName: string, why: string) {
    super(
      `the tool "${toolName}" cannot be authorized: ${why}; ` +
        `leave it out, or name it in "ungoverned" if it may run without any check`,
    );
    this.toolName = toolName;
  }
}
