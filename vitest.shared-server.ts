import { shareTestServer } from './cloud-api/src/store/shared-test-server.ts';
import { TEST_POSTGRES_ENV } from './vitest.postgres-env.ts';

// The server is started once, in the process of the runner; a test file hears of it through its environment.
shareTestServer(process.env[TEST_POSTGRES_ENV]);
