import { Button } from '../ui/Button';
import { Problem } from '../ui/Problem';

/** Says why there is no list, and asks for it again. */
export function Refused({ message, onAgain }: { message: string; onAgain: () => void }) {
  return (
    <Problem message={message}>
      <Button className="self-start" onClick={onAgain}>
        Try again
      </Button>
    </Problem>
  );
}
