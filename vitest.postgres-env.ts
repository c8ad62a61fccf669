/** Names the environment variable with the address of the server that all test files share. */
export const TEST_POSTGRES_ENV = 'WEIGHGATE_TEST_POSTGRES';
