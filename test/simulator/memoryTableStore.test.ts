import { describeTableStore } from '../../shared/tables/conformance.ts';
import { memoryTableStore } from './memoryTableStore.ts';

describeTableStore('The simulator’s memory', () => memoryTableStore());
