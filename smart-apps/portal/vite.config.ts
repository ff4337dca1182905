import { app } from '../shared/build/vite';

export default app('portal', ['../shared/**/*.test.ts']);
