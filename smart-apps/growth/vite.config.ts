import { app } from '../shared/build/vite';

export default app('growth');
