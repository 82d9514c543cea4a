// Writes one kind of stack trace, as the JVM prints it of Kotlin code: java FailingKt <kind>.
package com.shop

class PaymentException(message: String, cause: Throwable? = null) : RuntimeException(message, cause)

data class Order(val id: Int, val amount: Int) {
    init { require(amount >= 0) { "amount must not be negative: $amount" } }
}

object Gateway {
    fun charge(amount: Int): Int = if (amount < 0) throw PaymentException("잘못된 금액: $amount") else 1 / amount
}

class Cart {
    companion object { fun checkout(amount: Int) = Gateway.charge(amount) }
    fun `pay for everything`(amounts: List<Int>) = amounts.map { Gateway.charge(it) }
}

inline fun <T> measured(block: () -> T): T = block()

fun String.toAmount(): Int = this.toInt()

fun main(args: Array<String>) {
    when (args[0]) {
        "uncaught" -> Cart.checkout(0)
        "lambda" -> Cart().`pay for everything`(listOf(1, -1))
        "require" -> Order(17, -1)
        "null" -> { val text: String? = null; text!!.length }
        "inline" -> measured { Cart.checkout(-1) }
        "cause" -> try { "열".toAmount() } catch (error: NumberFormatException) { throw PaymentException("charge refused", error) }
        "lateinit" -> { class Late { lateinit var name: String }; println(Late().name) }
    }
}
