<?php
// Writes one kind of error, as PHP prints it: php failing.php <kind>.
class PaymentException extends Exception {}

class Shop {
    public function charge(int $amount): int {
        if ($amount < 0) { throw new InvalidArgumentException("잘못된 금액: $amount"); }
        return intdiv(1, $amount);
    }
    public static function order(int $amount): int { return (new Shop())->charge($amount); }
}

function cause(): void {
    try { Shop::order(-1); } catch (InvalidArgumentException $error) { throw new PaymentException("charge refused", 7, $error); }
}

switch ($argv[1]) {
    case "uncaught": Shop::order(0); break;
    case "cause": cause(); break;
    case "closure": array_map(fn($x) => Shop::order(-$x), [1]); break;
    case "warning": echo $undefined; break;
    case "fatal": missing_function(); break;
    case "logged": try { cause(); } catch (Exception $error) { error_log((string) $error); } break;
}
