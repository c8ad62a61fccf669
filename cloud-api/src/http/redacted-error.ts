/** What is left of an error in a log. */
interface RedactedError {
  type: string;
  message: string;
  code?: string;
  constraint?: string;
  table?: string;
  stack?: string;
  cause?: RedactedError;
}

const MAX_CAUSES = 4;

/**
 * An error for the log. What PostgreSQL says in `detail`, `where` and `parameters` quotes rows, and so does what it puts in
 * quotation marks in a message: plates, names and telephone numbers stay out, the names of constraint and table stay in.
 */
export function redactedErrorOf(error: Error, depth = 0): RedactedError {
  const { code, constraint, table, severity } = error as Error & Record<string, unknown>;
  const isOfDatabase = typeof severity === 'string';
  const message = isOfDatabase ? withoutQuoted(error.message) : error.message;
  return {
    type: error.name,
    message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...(typeof table === 'string' ? { table } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack.replace(error.message, () => message) }),
    ...(error.cause instanceof Error && depth < MAX_CAUSES
      ? { cause: redactedErrorOf(error.cause, depth + 1) }
      : {}),
  };
}

/** `invalid input syntax for type uuid: "12-345-67"` without the value; names of relations and columns stay. */
function withoutQuoted(message: string): string {
  return message.replace(/: "[^"]*"/g, ': "***"');
}
