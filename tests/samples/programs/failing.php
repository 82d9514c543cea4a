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

abstract class Gateway {
    abstract public function pay(array $orders): array;
    public static function __callStatic(string $name, array $values) { return (new Shop())->charge($values[0]); }
}

function type_error(int $amount): int { return $amount; }

function amounts(): Generator { yield Shop::order(0); }

enum Status: string { case Paid = "paid"; }

switch ($argv[1]) {
    case "uncaught": Shop::order(0); break;
    case "cause": cause(); break;
    case "deep": try { cause(); } catch (PaymentException $error) { throw new RuntimeException("checkout failed\nin cart 4", 0, $error); }
    case "closure": array_map(fn($x) => Shop::order(-$x), [1]); break;
    case "warning": echo $undefined; $values = []; echo $values["order"]; break;
    case "fatal": missing_function(); break;
    case "type": type_error("열"); break;
    case "arguments": Shop::order(); break;
    case "match": echo match ($argc) { 0 => "none" }; break;
    case "enum": Status::from("unknown"); break;
    case "generator": foreach (amounts() as $amount) {} break;
    case "magic": Gateway::refund(-1); break;
    case "memory": ini_set("memory_limit", "4M"); $all = str_repeat("x", 10_000_000); break;
    case "time": set_time_limit(1); while (true) {} break;
    case "recursion": ini_set("memory_limit", "4M"); function again($n) { return again($n + 1) + 1; } again(0); break;
    case "parse": eval("function pay( {"); break;
    case "include": require "/nowhere/file.php"; break;
    case "anonymous": (new class { public function run() { throw new PaymentException("from an anonymous class"); } })->run(); break;
    case "finally": try { Shop::order(-1); } finally { throw new PaymentException("while cleaning up"); }
    case "handler": set_exception_handler(function (Throwable $error) { error_log("Uncaught: " . $error); }); cause(); break;
    case "message": try { cause(); } catch (Exception $error) { error_log($error->getMessage() . " in " . $error->getFile() . ":" . $error->getLine() . "\n" . $error->getTraceAsString()); } break;
    case "user_error": trigger_error("cannot go on", E_USER_ERROR); break;
    case "user_warning": trigger_error("stock is low", E_USER_WARNING); break;
    case "assert": ini_set("zend.assertions", 1); assert($argc === 0, "no arguments wanted"); break;
    case "logged": try { cause(); } catch (Exception $error) { error_log((string) $error); } break;
}
